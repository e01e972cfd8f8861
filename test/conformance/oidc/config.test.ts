import { importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { conforms } from './module.ts'
import { keysOf } from './signed-in.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends

describe('oidcc-config-certification-test-plan', () => {
  let world: World
  let suite: Suite

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    suite = await openSuite(world)
  })
  afterAll(async () => {
    await suite?.close()
    await world?.close()
  })

  conforms('oidcc-discovery-endpoint-verification', 'what discovery says is complete, and true', async () => {
    const { discovered, issuer } = suite
    expect(discovered).toMatchObject({
      issuer,
      response_types_supported: ['code'],
      subject_types_supported: expect.arrayContaining(['public']),
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      scopes_supported: expect.arrayContaining(['openid', 'profile', 'email', 'offline_access']),
      claims_supported: expect.arrayContaining(['sub', 'iss', 'name', 'email']),
      grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
      response_modes_supported: expect.arrayContaining(['query', 'form_post']),
      code_challenge_methods_supported: ['S256'],
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    })
    // Members that say nothing are left out (RFC 8414, section 3.2).
    expect(Object.values(discovered)).not.toContain(null)
    for (const name of ['implicit', 'password']) expect(discovered.grant_types_supported).not.toContain(name)
    await expectTrueAlgorithms()
    await expectEndpoints()
    await expectSameFor8414()
  })

  /** Nothing unsigned or with a shared key is offered, and of each algorithm for ID tokens there is a key that works. */
  async function expectTrueAlgorithms() {
    for (const [name, values] of Object.entries(suite.discovered)) {
      if (!/_alg_values_supported$/.test(name)) continue
      for (const weak of ['none', 'HS256', 'RSA1_5'])
        expect({ name, has: (values as string[]).includes(weak) ? weak : null }).toEqual({ name, has: null })
    }
    const { keys } = await keysOf(suite)
    for (const key of keys) expect(await importJWK(key)).toMatchObject({ type: 'public' })
    for (const key of keys) expect(key).toMatchObject({ use: 'sig', kid: expect.any(String), alg: expect.any(String) })
    const offered = suite.discovered.id_token_signing_alg_values_supported as string[]
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(offered))
  }

  /** Each endpoint is where it is said to be, and at the issuer’s own host. */
  async function expectEndpoints() {
    const endpoints = Object.entries(suite.discovered).filter(([name]) => /(_endpoint|^jwks_uri)$/.test(name))
    expect(endpoints.map(([name]) => name)).toEqual(
      expect.arrayContaining(['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']),
    )
    for (const [name, address] of endpoints) {
      expect(new URL(String(address)).origin).toBe(new URL(suite.issuer).origin)
      const answers = await Promise.all(
        ['GET', 'POST'].map((method) => fetch(String(address), { method, redirect: 'manual' })),
      )
      const statuses = answers.map(({ status }) => status)
      expect({ name, isThere: statuses.some((status) => status !== 404) }).toEqual({ name, isThere: true })
      for (const status of statuses)
        expect({ name, status, isBroken: status >= 500 }).toMatchObject({ isBroken: false })
    }
  }

  /** RFC 8414, section 3: the same at its own address. */
  async function expectSameFor8414() {
    const answer = await fetch(`${suite.issuer}/.well-known/oauth-authorization-server`)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(await answer.json()).toEqual(suite.discovered)
  }
})
