import { describe, expect, it } from 'vitest'
import { circumstancesOf } from './circumstances.ts'

const clock = { now: () => 1_767_225_600_000 }
const countryOf = (address: string) => (address === '198.51.100.7' ? 'DE' : null)

describe('when and from where', () => {
  it.each([
    ['198.51.100.7', 'en', 'Germany (198.51.100.7)'],
    ['198.51.100.7', 'de', 'Deutschland (198.51.100.7)'],
    ['192.0.2.1', 'en', '192.0.2.1'],
    [null, 'en', null],
  ] as const)('%s is told in %s as %s', (address, language, where) => {
    expect(circumstancesOf({ clock, countryOf }, { address }, language)).toEqual({ when: clock.now(), where })
  })
})
