import { describe, expect, it } from 'vitest'
import { createHistory } from './history.ts'
import { createMemory } from './memory.ts'
import { explained, riskOf } from './score.ts'
import type { RiskSettings } from './settings.ts'
import { type Circumstances, HALF_LIFE, SIGNALS } from './signals.ts'

const rules: RiskSettings = {
  threshold: 70,
  weights: { velocity: 75, age: 20, history: 40, network: 20, device: 20 },
  networks: [],
}
const DAY = 86_400_000
const harmless: Circumstances = { velocity: 0, age: 365 * DAY, history: 0, network: 'same', device: 'known' }

describe('the risk of a request', () => {
  it('is nothing where everything is as it always was', () => {
    const risk = riskOf(harmless, rules)
    expect(risk).toEqual({
      score: 0,
      shares: { velocity: 0, age: 0, history: 0, network: 0, device: 0 },
      isOver: false,
    })
  })

  it.each<[string, Partial<Circumstances>, number, boolean]>([
    ['half of a velocity', { velocity: 0.5 }, 0.19, false],
    ['a velocity that is used up', { velocity: 1 }, 0.75, true],
    ['an account of fifteen days', { age: 15 * DAY }, 0.1, false],
    ['an account of which nothing is known', { age: 'unknown' }, 0.1, false],
    ['nobody', { age: 'nobody' }, 0.2, false],
    ['an account of tomorrow', { age: -DAY }, 0.2, false],
    ['five refusals', { history: 5 }, 0.2, false],
    ['a thousand refusals', { history: 1000 }, 0.4, false],
    ['a listed network', { network: 'listed' }, 0.2, false],
    ['another country', { network: 'moved' }, 0.16, false],
    ['no country', { network: 'unknown' }, 0.06, false],
    ['a new device', { device: 'new' }, 0.16, false],
    ['no device', { device: 'none' }, 0.2, false],
    ['all of it together', { age: 'nobody', history: 10, network: 'listed', device: 'none' }, 1, true],
    ['what cannot be read', { history: Number.NaN }, 0.4, false],
  ])('%s', (_, found, score, isOver) => {
    expect(riskOf({ ...harmless, ...found }, rules)).toMatchObject({ score, isOver })
  })

  it('is over by a velocity that is used up, whatever its weight', () => {
    const weights = { ...rules.weights, velocity: 0 }
    expect(riskOf({ ...harmless, velocity: 1 }, { ...rules, weights })).toMatchObject({ score: 0, isOver: true })
  })

  it('counts nothing that is unknown for nothing', () => {
    for (const { counts } of SIGNALS) {
      for (const [name, value] of Object.entries(counts)) expect(value > 0).toBe(name !== 'same' && name !== 'known')
    }
  })

  it('is told in words', () => {
    const risk = riskOf({ ...harmless, velocity: 1, device: 'first' }, rules)
    expect(explained(risk, rules)).toBe(
      'risk 0.85 of 0.70: velocity 0.75, age 0.00, history 0.00, network 0.00, device 0.10',
    )
  })
})

describe('what is remembered', () => {
  it('fades, a half in each half-life', () => {
    let now = 0
    const history = createHistory(10, () => now)
    for (let i = 0; i < 4; i++) history.note('a')
    expect(history.of('a')).toBe(4)
    now += HALF_LIFE
    expect(history.of('a')).toBe(2)
    history.note('a')
    expect(history.of('a')).toBe(3)
    now = 0
    expect(history.of('a')).toBe(3)
    expect(history.of('b')).toBe(0)
  })

  it('is bounded, whoever comes', () => {
    const history = createHistory(3, () => 0)
    const memory = createMemory(3)
    for (let i = 0; i < 1000; i++) {
      history.note(`a${i}`)
      memory.keep(`a${i}`, 'device', 'DE')
    }
    expect([history.size(), memory.size()]).toEqual([3, 3])
    for (let i = 0; i < 100; i++) memory.keep('a', `device ${i}`, 'DE')
    expect(memory.device('a', 'device 0')).toBe('new')
    expect(memory.device('a', 'device 99')).toBe('known')
  })

  it('tells a device and a country that changed from those of before and from none', () => {
    const memory = createMemory(3)
    expect([memory.device('a', 'x'), memory.device('a', null)]).toEqual(['first', 'none'])
    expect([memory.country('a', 'DE'), memory.country('a', null)]).toEqual(['first', 'unknown'])
    memory.keep('a', 'x', 'DE')
    expect([memory.device('a', 'x'), memory.device('a', 'y')]).toEqual(['known', 'new'])
    expect([memory.country('a', 'DE'), memory.country('a', 'FR')]).toEqual(['same', 'moved'])
    memory.keep('b', null, null)
    expect([memory.device('b', 'x'), memory.country('b', 'DE')]).toEqual(['first', 'first'])
  })
})
