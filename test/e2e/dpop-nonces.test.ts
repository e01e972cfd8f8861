import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenSource } from '../../src/client/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { makeKey, signProof, thumbprintOfKey } from '../../src/tokens/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makeClient } from '../support/relying-party.ts'
import { startUpstream, type Upstream } from '../support/sallyport.ts'

const API = 'https://api.example.com'
const MINUTE = 60_000

describe.each(backends)('nonces in proofs at the gateway (RFC 9449, section 9), on $name', ({ open }) => {
  let world: World
  let upstream: Upstream
  let here: Control
  let there: Control
  let later = 0

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    const route = { id: 'orders', match: { path: '/orders' }, upstream: 'api', authenticate: ['dpop'] }
    const env = {
      SALLYPORT_OAUTH_DPOP_NONCES: 'everywhere',
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read'] }]),
      SALLYPORT_GATEWAY_UPSTREAMS: JSON.stringify({ api: { targets: [upstream.url] } }),
      SALLYPORT_GATEWAY_ROUTES: JSON.stringify([{ ...route, require: { level: 'known' }, tokens: { audience: API } }]),
    }
    const clock = { now: () => systemClock.now() + later }
    here = await openControl(world, { issuerHost: 'localhost', role: 'all', clock, env })
    there = await openControl(world, { role: 'all', clock, env: { ...env, SALLYPORT_ISSUER: here.url } })
  })
  afterAll(async () => {
    await Promise.all([here?.stop(), there?.stop()])
    await upstream?.close()
    await world?.close()
  })

  const urlAt = (node: Control) => new URL('/orders', node.serving.gateway ?? undefined).href

  const makeService = () => {
    const own = { redirectUris: [], grants: ['client_credentials'], firstParty: false, consent: 'once' } as const
    return makeClient(here, { ...own, scopes: ['orders:read'] })
  }

  async function sender() {
    const key = await makeKey('sender')
    const { id: kid, algorithm: alg, privateKey } = here.serving.system.signingKeys.current()
    const claims = { iss: here.url, sub: 'svc_1', aud: API, jti: `tok_${crypto.randomUUID()}`, client_id: 'cli_1' }
    const token = await new SignJWT({
      ...claims,
      org: 'org_default',
      kind: 'service',
      cnf: { jkt: thumbprintOfKey(key) },
    })
      .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
    return async (node: Control, more: object = {}) => {
      const url = urlAt(node)
      const dpop = await signProof(key, { token, now: Date.now() + later, htu: url, ...more })
      const answer = await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop } })
      await answer.body?.cancel()
      const challenge = answer.headers.get('www-authenticate') ?? ''
      return {
        status: answer.status,
        error: /error="([^"]+)"/.exec(challenge)?.[1],
        nonce: answer.headers.get('dpop-nonce'),
      }
    }
  }

  it('are asked for, told to who comes without one, and good at every node', async () => {
    const send = await sender()
    const first = await send(here)
    expect(first).toMatchObject({ status: 401, error: 'use_dpop_nonce', nonce: expect.stringMatching(/^[\w-]{43}$/) })
    expect((await send(here, { nonce: first.nonce })).status).toBe(200)
    expect((await send(there, { nonce: first.nonce })).status).toBe(200)
  })

  it('are good for some minutes, and another one is told then', async () => {
    const send = await sender()
    const { nonce } = await send(here)
    later = 3 * MINUTE
    expect((await send(there, { nonce })).status).toBe(200)
    later = 6 * MINUTE
    const over = await send(there, { nonce })
    expect(over).toMatchObject({ status: 401, error: 'use_dpop_nonce' })
    expect(over.nonce).not.toBe(nonce)
    expect((await send(here, { nonce: over.nonce })).status).toBe(200)
    later = 0
  })

  it('cannot be made up, nor brought from the token endpoint, and are told to nobody whose proof is no good', async () => {
    const send = await sender()
    for (const nonce of ['', 'a'.repeat(43), 'x', 7]) {
      expect(await send(here, { nonce })).toMatchObject({ status: 401, error: 'use_dpop_nonce' })
    }
    const bad = await send(here, { htm: 'POST' })
    expect(bad).toEqual({ status: 401, error: 'invalid_dpop_proof', nonce: null })
    const { id, secret } = await makeService()
    const proof = { token: null, now: Date.now(), htu: `${here.url}/oauth/token`, htm: 'POST' }
    const answer = await fetch(`${here.url}/oauth/token`, {
      method: 'POST',
      headers: {
        dpop: await signProof(await makeKey('other'), proof),
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: API }),
    })
    const nonce = answer.headers.get('dpop-nonce')
    expect(nonce).toMatch(/^[\w-]{43}$/)
    expect(await send(here, { nonce })).toMatchObject({ status: 401, error: 'use_dpop_nonce' })
  })

  it('are what a token source of ours learns by itself, and asks once more with', async () => {
    const { id, secret } = await makeService()
    const options = { issuer: here.url, clientId: id, clientSecret: secret ?? '', resource: API, dpop: true }
    const source = createTokenSource(options)
    const before = upstream.seen.length
    const answers = await Promise.all([1, 2, 3].map(() => source.fetch(urlAt(here))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const posted = await source.fetch(urlAt(there), { method: 'POST', body: '{"a":1}', headers: { 'x-mark': 'yes' } })
    expect(posted.status).toBe(200)
    expect(upstream.seen.slice(before)).toHaveLength(4)
    expect(upstream.seen.at(-1)?.headers['x-mark']).toBe('yes')
    const headers = await source.headers('GET', urlAt(here))
    expect(decodeJwt(headers.dpop ?? '')).toMatchObject({ nonce: expect.stringMatching(/^[\w-]{43}$/) })
  })
})
