import type { LookupAddress } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { createTargets } from './target.ts'

const answering = (...addresses: string[]) =>
  createTargets({ allowInsecureHttp: false, allowPrivateNetworks: ['10.20.0.0/16'] }, (_name, _options, done) =>
    done(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    ),
  )

const dialled = (addresses: string[], all = true): Promise<unknown> =>
  new Promise((resolve) => {
    answering(...addresses).lookup('hooks.example.com', { all }, (error, found) => resolve(error?.message ?? found))
  })

describe('a name that a webhook goes to', () => {
  it('is dialled at the very addresses that were looked at', async () => {
    expect(await dialled(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:2800:21f:cb07:6820:80da:af6b:8b2c', family: 6 },
    ])
    expect(await dialled(['93.184.215.14'], false)).toBe('93.184.215.14')
  })

  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.0.0.1',
    '100.100.100.200',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.192',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::',
  ])('is refused when it leads to %s, also beside a public address', async (address) => {
    expect(await dialled([address])).toContain('private address')
    expect(await dialled(['93.184.215.14', address])).toContain('private address')
    expect(await dialled([address], false)).toContain('private address')
  })

  it('may lead into a private network that was allowed by name, and into no other', async () => {
    expect(await dialled(['10.20.3.4'])).toEqual([{ address: '10.20.3.4', family: 4 }])
    expect(await dialled(['10.21.3.4'])).toContain('private address')
  })

  it('that has no address is refused', async () => {
    expect(await dialled([])).toContain('private address')
  })
})
