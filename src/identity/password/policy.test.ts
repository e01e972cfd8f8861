import { afterAll, describe, expect, test } from 'vitest'
import { Secret } from '../../core/index.ts'
import type { About } from './answers.ts'
import { judgePassword } from './judge.ts'
import { FAULTS, SUGGESTIONS, WARNINGS } from './sentences.ts'
import { createStrengthPool } from './strength-pool.ts'

const pool = createStrengthPool({
  waiting: 64,
  onError: (error) => {
    throw error
  },
})
afterAll(pool.stop)

const ANNA: About = {
  language: 'en',
  email: 'anna.mueller@shop-example.com',
  name: 'Anna Müller',
  organizationName: 'Regenbogen Apotheke GmbH',
}

function judge(password: string, about: About = ANNA, minScore = 3) {
  return judgePassword(new Secret(password), about, { minScore, strengthOf: pool.judge })
}

async function codesOf(password: string, about?: About, minScore?: number): Promise<readonly string[]> {
  const judged = await judge(password, about, minScore)
  return judged.is === 'weak' ? judged.faults.map(({ code }) => code) : [judged.is]
}

describe('a new password is fine', () => {
  test.each([
    ['a phrase', 'correct horse battery staple'],
    ['random characters', 'kTw9c-Qp4Vb-u7XeR'],
    ['only lower-case letters', 'zvqkjwmtrdhx'],
    ['spaces alone between letters', 'w q z v k j x p m b'],
    ['another script', '日本語のパスワードを作りました'],
    ['emoji', '🐴🔋📎🪛🧲🌵🦔🧶🪁🥨🧭🪐'],
    ['256 characters of four bytes', Array.from({ length: 256 }, (_, i) => String.fromCodePoint(0x1f300 + i)).join('')],
    ['a name among other words', 'anna walks over violet gravel'],
  ])('with %s', async (_what, password) => {
    expect(await judge(password)).toEqual({ is: 'fine', score: expect.any(Number) })
  })
})

describe('a new password is refused', () => {
  test.each([
    ['empty', '', 'PASSWORD_TOO_SHORT'],
    ['of 11 characters', 'kTw9cQp4Vbu', 'PASSWORD_TOO_SHORT'],
    ['of 11 characters that are 22 units', '🐴🔋📎🪛🧲🌵🦔🧶🪁🥨🧭', 'PASSWORD_TOO_SHORT'],
    ['of 12 characters that are 6 when they are composed', 'u\u0308'.repeat(6), 'PASSWORD_TOO_SHORT'],
    ['of 257 characters', 'abcdefgh'.repeat(32).concat('x'), 'PASSWORD_TOO_LONG'],
    ['of 15 characters that are 270 when they are normalised', '\ufdfa'.repeat(15), 'PASSWORD_TOO_LONG'],
    ['of a megabyte', 'x'.repeat(1_000_000), 'PASSWORD_TOO_LONG'],
    ['with half a character', 'kTw9cQp4Vbu7\ud83d', 'PASSWORD_NOT_TEXT'],
    ['that many use', '1q2w3e4r5t6y', 'PASSWORD_COMMON'],
    ['that many use, in wide letters', '１ｑ２ｗ３ｅ４ｒ５ｔ６ｙ', 'PASSWORD_COMMON'],
    ['of one character', 'aaaaaaaaaaaaaaaaaaaa', 'PASSWORD_GUESSABLE'],
    ['of neighbouring keys', 'qwertzuiopasdf', 'PASSWORD_GUESSABLE'],
    ['that is a common one twice', 'passwordpassword', 'PASSWORD_GUESSABLE'],
    ['that is a common one with signs for letters', 'P@ssw0rd2024!', 'PASSWORD_GUESSABLE'],
    ['that is the address', 'anna.mueller@shop-example.com', 'PASSWORD_PERSONAL'],
    ['that is the name and a year', 'AnnaMüller1984', 'PASSWORD_PERSONAL'],
    ['that is the name in another spelling', 'anna_mueller_12', 'PASSWORD_PERSONAL'],
    ['that is the name backwards', 'rellüm anna 11', 'PASSWORD_PERSONAL'],
    ['that is the organization', 'RegenbogenApotheke1', 'PASSWORD_PERSONAL'],
    ['that is the domain', 'shop-example2026', 'PASSWORD_PERSONAL'],
  ])('%s', async (_what, password, code) => {
    expect(await codesOf(password)).toEqual([code])
  })

  test('for the data of this person only', async () => {
    expect(await codesOf('RegenbogenApotheke1', { language: 'en' })).toEqual(['fine'])
  })

  test('when it is common even where no strength is asked for', async () => {
    expect(await codesOf('1q2w3e4r5t6y', ANNA, 0)).toEqual(['PASSWORD_COMMON'])
    expect(await codesOf('passwordpassword', ANNA, 0)).toEqual(['fine'])
  })

  test('when it is good but the best is asked for', async () => {
    const judged = await judge('sommerregenwolke', ANNA, 4)
    expect(judged).toMatchObject({ is: 'weak', faults: [{ code: 'PASSWORD_GUESSABLE' }] })
    expect(judged).toHaveProperty('suggestions.length', 2)
  })
})

describe('what is said', () => {
  test('is said in English and in German', async () => {
    expect(await judge('qwertzuiopasdf')).toEqual({
      is: 'weak',
      score: expect.any(Number),
      faults: [{ code: 'PASSWORD_GUESSABLE', sentence: 'Rows of neighbouring keys are easy to guess.' }],
      suggestions: [
        'Add another word or two, uncommon ones.',
        'If you use a pattern on the keyboard, make it long and turn several times.',
      ],
    })
    expect(await judge('qwertzuiopasdf', { language: 'de' })).toEqual({
      is: 'weak',
      score: expect.any(Number),
      faults: [{ code: 'PASSWORD_GUESSABLE', sentence: 'Reihen benachbarter Tasten sind leicht zu erraten.' }],
      suggestions: [
        'Fügen Sie noch ein oder zwei seltene Wörter hinzu.',
        'Wenn Sie ein Muster auf der Tastatur nehmen, dann ein langes mit mehreren Wendungen.',
      ],
    })
  })

  test('has a sentence of its own in each language', () => {
    for (const table of [FAULTS, WARNINGS, SUGGESTIONS]) {
      const sentences = Object.values(table).flatMap(({ en, de }) => [en, de])
      expect(sentences.every((sentence) => sentence.endsWith('.'))).toBe(true)
      expect(new Set(sentences).size).toBe(sentences.length)
    }
  })
})

test('the longest texts of signs for letters are judged, one after the other, without holding up the event loop', async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  const judged = await Promise.all([1, 2, 3].map((it) => judge(`${'4@8({[<369|1!7+0$5'.repeat(14)}${it}`)))
  clearInterval(counting)
  expect(judged.every(({ is }) => is === 'fine' || is === 'weak')).toBe(true)
  expect(turns).toBeGreaterThan(3)
})
