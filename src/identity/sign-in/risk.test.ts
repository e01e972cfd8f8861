import { describe, expect, it } from 'vitest'
import type { Device } from '../device/device.ts'
import { levelFor, type RiskFacts, type Signal, signalsOf } from './risk.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 0, 15, 12)
const HOME: Device = {
  id: 'dev_home',
  personId: 'usr_ada',
  emailKey: 'ada@example.com',
  label: 'Firefox on Linux',
  firstAt: NOW - 1000 * HOUR,
  lastAt: NOW - 24 * HOUR,
  lastAddress: '198.51.100.7',
  lastCountry: 'DE',
  trustedUntil: null,
}

const browserOf = (...devices: Device[]) => ({ digest: new Uint8Array(32), devices })
const device = (change: Partial<Device>): Device => ({ ...HOME, ...change })
const facts = (change: Partial<RiskFacts>): RiskFacts => ({
  browser: browserOf(HOME),
  personId: 'usr_ada',
  devices: [HOME],
  country: 'DE',
  failures: 0,
  badReputation: false,
  now: NOW,
  ...change,
})
const stranger = browserOf()

describe('what is unusual about a sign-in (I12)', () => {
  it.each<[string, Partial<RiskFacts>, readonly Signal[]]>([
    ['nothing, from a device that is known, at home', {}, []],
    [
      'of the first sign-in of somebody what came before it alone',
      { browser: stranger, devices: [], country: 'FR', failures: 9 },
      ['recent_failures'],
    ],
    ['a browser that is new to them', { browser: stranger }, ['new_device']],
    ['a browser that only somebody else used', { browser: browserOf(device({ personId: 'usr_eve' })) }, ['new_device']],
    ['a country where none of their devices was', { country: 'FR' }, ['new_country']],
    ['nothing where the country is not known', { country: null }, []],
    ['nothing where no country of theirs is known', { devices: [device({ lastCountry: null })], country: 'FR' }, []],
    [
      'another country than an hour ago',
      { devices: [HOME, device({ id: 'dev_2', lastCountry: 'FR', lastAt: NOW - HOUR + 1 })] },
      ['impossible_travel'],
    ],
    [
      'nothing about another country an hour ago',
      { devices: [HOME, device({ id: 'dev_2', lastCountry: 'FR', lastAt: NOW - HOUR })] },
      [],
    ],
    [
      'three wrong passwords before, from a new browser',
      { browser: stranger, failures: 3 },
      ['new_device', 'recent_failures'],
    ],
    ['two wrong passwords before are a mistake', { browser: stranger, failures: 2 }, ['new_device']],
    ['not that others guessed, from a browser of theirs', { failures: 49 }, []],
    ['an address with a bad name', { badReputation: true }, ['bad_reputation']],
  ])('%s', (_, change, signals) => {
    expect(signalsOf(facts(change))).toEqual(signals)
  })

  it.each<[readonly Signal[], string, string, string]>([
    [[], 'aal1', 'aal1', 'aal1'],
    [['new_device'], 'aal1', 'aal1', 'aal2'],
    [['new_device', 'new_country'], 'aal1', 'aal2', 'aal2'],
    [['recent_failures'], 'aal1', 'aal2', 'aal2'],
    [['bad_reputation'], 'aal1', 'aal2', 'aal2'],
  ])('%j demands %s where it is off, %s by the standard, %s where that is strict', (signals, off, standard, strict) => {
    const levels = (['off', 'standard', 'strict'] as const).map((mode) => levelFor(signals, mode))
    expect(levels).toEqual([off, standard, strict])
  })
})
