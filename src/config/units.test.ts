import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDuration, parseSize, parseWindow, SIZE_UNITS, TIME_UNITS } from './units.ts'

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
    ['0ms', 0],
  ])('%s is %d milliseconds', (text, expected) => expect(parseDuration(text)).toBe(expected))

  test.each([
    '',
    '30',
    's',
    '30 s',
    '30S',
    '1.5s',
    '-1s',
    '+1s',
    '01s',
    '1e3s',
    '30sec',
    '30s ',
    ' 30s',
    '30s30s',
    '1M',
    '٣s',
  ])('%j is none', (text) => expect(parseDuration(text)).toBeNull())

  test('is whole milliseconds, whatever the amount and unit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9_999_999_999 }),
        fc.constantFrom(...Object.entries(TIME_UNITS)),
        (n, [unit, factor]) => {
          expect(parseDuration(`${n}${unit}`)).toBe(n * factor)
        },
      ),
    )
  })
})

describe('a size', () => {
  test.each([
    ['512b', 512],
    ['1kb', 1024],
    ['1mb', 1_048_576],
    ['2gb', 2_147_483_648],
  ])('%s is %d bytes', (text, expected) => expect(parseSize(text)).toBe(expected))

  test.each(['', '1', '1k', '1MB', '1.5mb', '1 mb', '1tb', '-1b'])('%j is none', (text) =>
    expect(parseSize(text)).toBeNull(),
  )

  test('is whole bytes, whatever the amount and unit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.constantFrom(...Object.entries(SIZE_UNITS)),
        (n, [unit, factor]) => {
          expect(parseSize(`${n}${unit}`)).toBe(n * factor)
        },
      ),
    )
  })
})

describe('the window of a limit', () => {
  test.each([
    ['second', 1000],
    ['minute', 60_000],
    ['hour', 3_600_000],
    ['day', 86_400_000],
    ['month', 2_629_800_000],
    ['10s', 10_000],
  ])('%s is %d milliseconds', (text, expected) => expect(parseWindow(text)).toBe(expected))

  test.each(['', 'week', 'Minute', 'constructor', '60'])('%j is none', (text) => expect(parseWindow(text)).toBeNull())
})
