import { beforeAll, describe, expect, it } from 'vitest'
import { createProofVerifier, type ProofQuestion } from './dpop.ts'
import { createProofMemory } from './proof-memory.ts'
import { AUDIENCE, forge, makeKey, signProof, type TestKey, thumbprintOfKey } from './testing.ts'

let now = Date.UTC(2026, 10, 21)
const clock = { now: () => now }
const TOKEN = 'a.token.here'
const URL_OF_IT = `${AUDIENCE}/orders`

describe('a DPoP proof', () => {
  let key: TestKey
  let verify: ReturnType<typeof createProofVerifier>

  beforeAll(async () => {
    key = await makeKey('sender')
    verify = createProofVerifier({ clock, accepted: createProofMemory({ clock }) })
  })

  const question = (proof: string, more: Partial<ProofQuestion> = {}): ProofQuestion => ({
    proof,
    method: 'GET',
    url: URL_OF_IT,
    token: TOKEN,
    key: thumbprintOfKey(key),
    ...more,
  })
  const proof = (more: object = {}) => signProof(key, { token: TOKEN, now, ...more })
  const reason = async (text: string, more: Partial<ProofQuestion> = {}) => {
    const answer = await verify(question(text, more))
    return answer.ok ? 'good' : answer.reason
  }

  it.each([
    ['is good', {}, 'good'],
    ['names another method', { htm: 'POST' }, 'DPoP proof: htm'],
    ['names a method in small letters', { htm: 'get' }, 'DPoP proof: htm'],
    ['names another address', { htu: `${AUDIENCE}/other` }, 'DPoP proof: htu'],
    ['names another host', { htu: 'https://evil.example.com/orders' }, 'DPoP proof: htu'],
    ['names another scheme', { htu: URL_OF_IT.replace('https', 'http') }, 'DPoP proof: htu'],
    ['names its address with a query', { htu: `${URL_OF_IT}?a=1#b` }, 'good'],
    ['writes its host in capitals and its port', { htu: 'HTTPS://API.Example.COM:443/orders' }, 'good'],
    ['writes letters of its path in percent', { htu: `${AUDIENCE}/%6frders` }, 'good'],
    ['names somebody in its address', { htu: 'https://a@api.example.com/orders' }, 'DPoP proof: htu'],
    ['names no address', { htu: 7 }, 'DPoP proof: htu'],
    ['has no id', { jti: undefined }, 'DPoP proof: jti'],
    ['has an endless id', { jti: 'x'.repeat(256) }, 'DPoP proof: jti'],
    ['has no time', { iat: undefined }, 'DPoP proof: iat'],
    ['is for another token', { ath: 'x'.repeat(43) }, 'DPoP proof: ath'],
    ['is for no token', { ath: undefined }, 'DPoP proof: ath'],
    ['is of another type', { header: { typ: 'JWT' } }, 'DPoP proof: typ'],
    ['brings no key', { header: { jwk: undefined } }, 'DPoP proof: no key'],
  ])('%s', async (_, more, expected) => expect(await reason(await proof(more))).toBe(expected))

  it.each([
    ['a minute old', -60, 'good'],
    ['older', -61, 'DPoP proof: too old, or from the future'],
    ['a minute ahead', 60, 'good'],
    ['further ahead', 61, 'DPoP proof: too old, or from the future'],
  ])('that is %s is judged by the clock', async (_, by, expected) => {
    expect(await reason(await proof({ iat: Math.floor(now / 1000) + by }))).toBe(expected)
  })

  it('of another key is refused, and so is the right key with another signature', async () => {
    const thief = await makeKey('thief')
    expect(await reason(await signProof(thief, { token: TOKEN, now }))).toBe('DPoP proof: another key')
    const { kty, crv, x, y } = key.jwk
    const forged = await signProof(thief, { token: TOKEN, now, header: { jwk: { kty, crv, x, y } } })
    expect(await reason(forged)).toBe('DPoP proof: signature')
  })

  it('without signature, with a shared secret, or with its private half is refused', async () => {
    const [, payload] = (await proof()).split('.')
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
    const { kty, crv, x, y } = key.jwk
    const header = { typ: 'dpop+jwt', jwk: { kty, crv, x, y } }
    expect(await reason(forge({ ...header, alg: 'none' }, claims))).toBe('DPoP proof: alg')
    expect(await reason(forge({ ...header, alg: 'HS256' }, claims))).toBe('DPoP proof: alg')
    const whole = await proof({ header: { jwk: { kty, crv, x, y, d: x } } })
    expect(await reason(whole)).toBe('DPoP proof: signature')
  })

  it('works once, of many at once too', async () => {
    const text = await proof()
    const answers = await Promise.all(Array.from({ length: 10 }, () => reason(text)))
    expect(answers.filter((it) => it === 'good')).toHaveLength(1)
    expect(answers.filter((it) => it === 'DPoP proof: used before')).toHaveLength(9)
  })

  it('says which key it is where no token names one, as when a token is asked for', async () => {
    const text = await signProof(key, { token: null, now })
    expect(await verify(question(text, { token: null, key: null }))).toEqual({ ok: true, key: thumbprintOfKey(key) })
  })

  it('needs a nonce where there are nonces, and is told which one', async () => {
    const nonce = { accepts: (text: string) => text === 'n2', fresh: () => 'n2' }
    const strict = createProofVerifier({ clock, accepted: createProofMemory({ clock }), nonce })
    for (const more of [{}, { nonce: 'n1' }]) {
      expect(await strict(question(await proof(more)))).toEqual({ ok: false, reason: 'nonce', nonce: 'n2' })
    }
    expect(await strict(question(await proof({ nonce: 'n2' })))).toMatchObject({ ok: true })
  })
})

describe('the memory of proofs', () => {
  it('forgets nothing in its time, takes no more when it is full, and makes room when time has passed', () => {
    const accepted = createProofMemory({ clock, most: 3 })
    const until = now + 1_000
    expect(['a', 'b', 'c', 'd', 'a'].map((name) => accepted(name, until))).toEqual([true, true, true, false, false])
    now += 1_000
    expect(['d', 'a'].map((name) => accepted(name, now + 1_000))).toEqual([true, true])
  })
})
