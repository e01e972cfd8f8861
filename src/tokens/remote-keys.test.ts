import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { KeySource } from './key.ts'
import { remoteKeys } from './remote-keys.ts'
import { claimsAt, issuerWith, makeKey, signToken, type TestKey } from './testing.ts'
import { createTokenVerifier } from './verifier.ts'

const ADDRESS = 'https://login.example.com/keys'
const MINUTE = 60_000

describe('the keys of an issuer elsewhere', () => {
  let first: TestKey
  let second: TestKey
  let now: number
  let published: unknown
  let reads: string[]
  let keys: KeySource

  beforeAll(async () => {
    ;[first, second] = await Promise.all([makeKey('first'), makeKey('second')])
  })

  beforeEach(() => {
    now = 1_000_000
    published = { keys: [first.jwk] }
    reads = []
    keys = remoteKeys({ address: ADDRESS, read, clock: { now: () => now } })
  })

  async function read(address: string): Promise<Uint8Array> {
    reads.push(address)
    if (published instanceof Error) throw published
    return Buffer.from(typeof published === 'string' ? published : JSON.stringify(published))
  }
  const find = async (kid: string) => (await keys.find(kid, 'ES256')) !== null

  it('are read once for many who ask at once, and answered at once from then on', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => find('first')))).toEqual(Array(20).fill(true))
    expect(reads).toEqual([ADDRESS])
    expect(keys.find('first', 'ES256')).not.toBeInstanceOf(Promise)
  })

  it('are read again for a name that is not there, but no more often than every 30 seconds', async () => {
    expect(await find('first')).toBe(true)
    published = { keys: [first.jwk, second.jwk] }
    expect(await find('second')).toBe(false)
    now += 30_000
    expect(await Promise.all(Array.from({ length: 20 }, () => find('second')))).toEqual(Array(20).fill(true))
    for (let i = 0; i < 100; i++) expect(await find(`made up ${i}`)).toBe(false)
    expect(reads).toHaveLength(2)
  })

  it('are read again when they have become old, without anybody waiting', async () => {
    expect(await find('first')).toBe(true)
    published = { keys: [second.jwk] }
    now += 11 * MINUTE
    expect(keys.find('first', 'ES256')).not.toBeNull()
    await expect.poll(() => find('first')).toBe(false)
    expect(reads).toHaveLength(2)
  })

  it('stay while the issuer is down, for an hour and no longer', async () => {
    expect(await find('first')).toBe(true)
    published = new Error('down')
    now += 59 * MINUTE
    expect(await find('first')).toBe(true)
    now += 2 * MINUTE
    await expect(find('first')).rejects.toThrow('down')
    published = { keys: [first.jwk] }
    now += MINUTE
    expect(await find('first')).toBe(true)
  })

  it('that cannot be read any more are an error for a token that was verified before, and for nobody else', async () => {
    const issuer = issuerWith([], { keys })
    const verifier = createTokenVerifier({ issuers: [issuer], clock: { now: () => now } })
    const token = await signToken(first, claimsAt(now, { exp: now / 1000 + 86_400 }))
    expect(await verifier.verify(token, { audience: null })).toMatchObject({ ok: true })
    published = new Error('down')
    now += 61 * MINUTE
    await expect(verifier.verify(token, { audience: null })).rejects.toThrow('down')
  })

  it('that were never there make an error and no answer, and are tried again soon', async () => {
    published = new Error('down')
    await expect(find('first')).rejects.toThrow('down')
    await expect(find('first')).rejects.toThrow('not there')
    expect(reads).toHaveLength(1)
    published = { keys: [first.jwk] }
    now += 2_000
    expect(await find('first')).toBe(true)
  })

  it.each(['', '[]', '{}', '{"keys":{}}', '<html>', `{"keys":[]${' '.repeat(140_000)}}`])(
    'are no keys when what is published is something else',
    async (text) => {
      published = text
      await expect(find('first')).rejects.toThrow()
    },
  )
})
