import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../core/index.ts'
import { absence, type LifecycleSettings, lifecycleHead } from './lifecycle.ts'

const STABLE: LifecycleSettings = {
  state: 'stable',
  deprecatedAt: null,
  sunsetAt: null,
  successor: null,
  document: null,
  exposure: 'external',
}

function told(over: Partial<LifecycleSettings>): string[] {
  const lines: string[] = []
  lifecycleHead({ ...STABLE, ...over })?.write(lines)
  return lines
}

const client = (text: string) => {
  const address = parseAddress(text)
  if (address === null) throw new Error(text)
  return address
}

describe('the life of a route', () => {
  test('is nothing to tell of while nothing is said', () => {
    expect([lifecycleHead(STABLE), absence(STABLE, [])]).toEqual([null, null])
  })

  // RFC 9745, section 2.1: the example of a date is 30 June 2023, 23:59:59 UTC.
  test('is told as RFC 9745 and RFC 8594 write it', () => {
    const over = {
      deprecatedAt: '2023-06-30T23:59:59Z',
      sunsetAt: '2024-12-31',
      successor: '/v2/orders',
      document: 'https://docs.example.com/v1',
    }
    expect(told(over)).toEqual([
      'deprecation',
      '@1688169599',
      'sunset',
      'Tue, 31 Dec 2024 00:00:00 GMT',
      'link',
      '</v2/orders>; rel="successor-version"',
      'link',
      '<https://docs.example.com/v1>; rel="deprecation"',
    ])
    expect(told({ document: '/docs' })).toEqual(['link', '</docs>; rel="service-doc"'])
  })

  test('ends at its time, and not before', () => {
    const at = Date.parse('2026-01-31T00:00:00Z')
    const absent = absence({ ...STABLE, sunsetAt: '2026-01-31' }, [])
    const asked = (receivedAt: number) => absent?.({ client: client('192.0.2.1'), receivedAt })
    expect([asked(at - 1), asked(at), asked(at + 1)]).toEqual([null, 'gone', 'gone'])
  })

  test('is over at once where that is its state', () => {
    expect(absence({ ...STABLE, state: 'sunset' }, [])?.({ client: client('::1'), receivedAt: 1 })).toBe('gone')
  })

  test('is hidden from who is not inside, also when it is over', () => {
    const absent = absence({ ...STABLE, state: 'sunset', exposure: 'internal' }, ['10.0.0.0/8', 'fd00::/8'])
    const asked = (text: string) => absent?.({ client: client(text), receivedAt: 1 })
    expect(['10.1.2.3', 'fd00::1', '11.0.0.1', '::1'].map(asked)).toEqual(['gone', 'gone', 'hidden', 'hidden'])
  })
})
