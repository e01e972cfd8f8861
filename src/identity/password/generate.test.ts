import { afterAll, describe, expect, test } from 'vitest'
import { generateCharacters, pickWords } from './generate.ts'
import { createStrengthPool } from './strength-pool.ts'

const pool = createStrengthPool({
  waiting: 64,
  onError: (error) => {
    throw error
  },
})
afterAll(pool.stop)

async function words(): Promise<string> {
  const made = await pool.words()
  if ('is' in made) throw new Error(made.is)
  return made.reveal()
}

describe('a generated password of characters', () => {
  test('has twenty of them in groups, none that looks like another', () => {
    for (let i = 0; i < 200; i++) {
      expect(generateCharacters().reveal()).toMatch(/^([a-km-np-zA-HJ-NP-Z2-9]{5}-){3}[a-km-np-zA-HJ-NP-Z2-9]{5}$/)
    }
  })

  test('holds every character as often as every other', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 2000; i++) {
      for (const it of generateCharacters().reveal().replaceAll('-', '')) counts.set(it, (counts.get(it) ?? 0) + 1)
    }
    expect(counts.size).toBe(56)
    const expected = 40_000 / 56
    const chiSquare = [...counts.values()].reduce((sum, it) => sum + (it - expected) ** 2 / expected, 0)
    // 55 degrees of freedom: one run in a million is above.
    expect(chiSquare).toBeLessThan(118)
  })

  test('is never made weaker than 96 bits', () => {
    expect(() => generateCharacters(16)).toThrow('fewer than 96 bits')
    expect(generateCharacters(17).reveal().replaceAll('-', '')).toHaveLength(17)
  })
})

describe('a generated password of words', () => {
  test('has six words, and is never the same', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, words))
    for (const it of made) expect(it).toMatch(/^([a-z]+-){5}[a-z]+$/)
    expect(new Set(made).size).toBe(20)
  })

  test('is never made weaker than 64 bits', () => {
    expect(() => pickWords(['one', 'two'])).toThrow('fewer than 64 bits')
    const list = Array.from({ length: 7776 }, (_, i) => `w${i}`)
    expect(() => pickWords(list, 4)).toThrow('fewer than 64 bits')
    expect(pickWords(list, 5).split('-')).toHaveLength(5)
  })

  test('is as strong as zxcvbn can say', async () => {
    for (const text of [await words(), await words(), generateCharacters().reveal()]) {
      expect(await pool.judge(text, [])).toMatchObject({ score: 4 })
    }
  })
})
