import { expect } from 'vitest'
import { makeClientKeys } from '../../support/relying-party-keys.ts'
import {
  type Around,
  assertionOf,
  authorized,
  checkGranted,
  expectRefused,
  type Fapi2Client,
  granted,
  type Proofs,
  push,
  redeem,
  registerFapi2,
  seconds,
  send,
  use,
} from './fapi2-client.ts'
import { conforms } from './module.ts'
import { type Parameters, request } from './relying-party.ts'
import { later } from './suite.ts'

const NO_CLIENT = ['invalid_client', 'invalid_request']

/** What the profile says of the token endpoint. */
export function tokenModules(around: () => Around): void {
  conforms(
    'fapi2-security-profile-final-ensure-client-id-in-token-endpoint',
    'who names another client than it proves is refused',
    async () => {
      const { suite, one, other } = around()
      const answer = await redeem(suite, one, await authorized(around(), one), { client_id: other.id })
      expectRefused(answer, ['invalid_client', 'invalid_request', 'invalid_grant'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-holder-of-key-required',
    'tokens that nobody is held to are not made',
    async () => {
      const { suite, one } = around()
      const answer = await redeem(suite, one, await authorized(around(), one), {}, { dpop: null })
      // Who proves itself by its certificate alone is nobody without it.
      const refusals = one.shown === undefined ? ['invalid_dpop_proof'] : ['invalid_client']
      expectRefused(answer, ['invalid_request', 'invalid_grant', ...refusals])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client',
    'the code of one is of no use to another',
    async () => {
      const { suite, one, other } = around()
      expectRefused(await redeem(suite, other, await authorized(around(), one)), ['invalid_grant'])
    },
  )

  conforms(
    'fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second',
    'a code works once',
    async () => {
      const { suite, one } = around()
      const first = await granted(around(), one)
      await later(1000, async () => {
        expectRefused(await redeem(suite, one, first), ['invalid_grant'])
        expect((await use(suite, one, first.tokens.access_token)).status).toBe(401)
      })
      const { refresh_token } = first.tokens
      expectRefused(await renew(one, { refresh_token }), ['invalid_grant'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code',
    'a code lives for a minute at most',
    async () => {
      const { suite, one } = around()
      const way = await authorized(around(), one)
      expectRefused(await later(61_000, () => redeem(suite, one, way)), ['invalid_grant'])
      const wish = { lifetimes: { codeSeconds: 600 } }
      const slow = await around().register(wish)
      const late = await authorized(around(), slow)
      expectRefused(await later(61_000, () => redeem(suite, slow, late)), ['invalid_grant'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint',
    'who does not prove itself gets nothing',
    async () => {
      const { suite, one } = around()
      for (const client_id of [undefined, one.id]) {
        const way = await authorized(around(), one)
        expectRefused(await redeem(suite, one, way, { client_id }, { assertion: null }), NO_CLIENT)
      }
    },
  )

  conforms(
    'fapi2-security-profile-final-refresh-token',
    'a refresh token is its client’s alone, needs its proofs, and stays the same',
    async () => {
      const { suite, one, other } = around()
      const first = await granted(around(), one)
      const { refresh_token } = first.tokens
      const renewed = await renew(one, { refresh_token })
      const { tokens } = await checkGranted(around(), one, first, renewed)
      expect(tokens.access_token).not.toBe(first.tokens.access_token)
      expect((await use(suite, one, tokens.access_token)).status).toBe(200)
      // Section 5.3.2.1: none is rotated away, so that a lost answer costs nothing.
      expect([undefined, refresh_token]).toContain(tokens.refresh_token)
      expect((await later(30_000, () => renew(one, { refresh_token }))).status).toBe(200)
      const refusals = ['invalid_grant', 'invalid_request', 'invalid_client', 'invalid_dpop_proof']
      expectRefused(await renew(one, { refresh_token }, { dpop: null }), refusals)
      expectRefused(await renew(one, { refresh_token, client_id: one.id }, { assertion: null }), NO_CLIENT)
      expectRefused(await renew(other, { refresh_token }), ['invalid_grant'])
      expect((await renew(one, { refresh_token })).status).toBe(200)
    },
  )

  function renew(client: Fapi2Client, more: Parameters, proofs: Proofs = {}) {
    return send(around().suite, client, 'token_endpoint', { grant_type: 'refresh_token', ...more }, proofs)
  }
}

/** What the profile says of proofs that are signed (RFC 7523). */
export function assertionModules(around: () => Around): void {
  conforms(
    'fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails',
    'RS256 proves no client',
    async () => {
      const { suite } = around()
      const keys = await makeClientKeys('RS256')
      const [{ alg: _alg, ...anyRsa } = {}] = keys.jwks.keys
      // Nothing in the registration says that this key is not for RS256.
      const client = { ...(await registerFapi2(suite, 'PS256', { jwks: { keys: [anyRsa] } })), keys }
      const assertion = await assertionOf(suite, client)
      expectRefused(await push(suite, client, request(suite, client), { assertion }), ['invalid_client'])
      const code = { grant_type: 'authorization_code', code: 'any', code_verifier: 'v'.repeat(43) }
      const again = await assertionOf(suite, client)
      expectRefused(await send(suite, client, 'token_endpoint', code, { assertion: again }), ['invalid_client'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
    'a proof that is over is none',
    async () => {
      await expectNotRedeemed({ iat: seconds() - 360, exp: seconds() - 300 })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails',
    'a proof for another server is none',
    async () => {
      await expectNotRedeemed({ aud: 'https://other.example.com' })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails',
    'a proof that names no client is none',
    async () => {
      await expectNotRedeemed({ sub: undefined })
    },
  )

  conforms(
    'fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted',
    'clocks may differ',
    async () => {
      const { suite, one } = around()
      const soon = { iat: seconds() + 8, nbf: seconds() + 8, exp: seconds() + 68 }
      const assertion = await assertionOf(suite, one, soon)
      expect(await push(suite, one, request(suite, one), { assertion })).toMatchObject({ status: 201 })
    },
  )

  conforms(
    'fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails',
    'a proof of the future is none',
    async () => {
      await expectNotPushed({ iat: seconds() + 90, nbf: seconds() + 90, exp: seconds() + 150 })
    },
  )

  conforms(
    'fapi2-security-profile-final-par-test-array-as-audience-fails',
    'a proof is for one server, by a name and not by a list',
    async () => {
      const { suite } = around()
      await expectNotPushed({ aud: [suite.issuer] })
      await expectNotPushed({ aud: [suite.issuer, 'https://other.example.com'] })
    },
  )

  conforms(
    'fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails',
    'a proof is for the server, not an endpoint',
    async () => {
      await expectNotPushed({ aud: around().suite.endpoint('pushed_authorization_request_endpoint').href })
    },
  )

  conforms(
    'fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails',
    'nor for the token endpoint',
    async () => {
      await expectNotPushed({ aud: around().suite.endpoint('token_endpoint').href })
    },
  )

  async function expectNotRedeemed(claims: Readonly<Record<string, unknown>>): Promise<void> {
    const { suite, one } = around()
    const assertion = await assertionOf(suite, one, claims)
    expectRefused(await redeem(suite, one, await authorized(around(), one), {}, { assertion }), NO_CLIENT)
  }

  async function expectNotPushed(claims: Readonly<Record<string, unknown>>): Promise<void> {
    const { suite, one } = around()
    const assertion = await assertionOf(suite, one, claims)
    expectRefused(await push(suite, one, request(suite, one), { assertion }), NO_CLIENT)
  }
}
