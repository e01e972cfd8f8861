import { calculateJwkThumbprint, exportJWK, UnsecuredJWT } from 'jose'
import { expect } from 'vitest'
import { makeClientKeys } from '../../support/relying-party-keys.ts'
import {
  type Around,
  authorized,
  checkGranted,
  expectRefused,
  type Fapi2Client,
  type Granted,
  granted,
  proofFor,
  push,
  redeem,
  seconds,
  use,
} from './fapi2-client.ts'
import { conforms } from './module.ts'
import { request } from './relying-party.ts'

const PAR = 'pushed_authorization_request_endpoint'
const INFO = 'userinfo_endpoint'
const NO_PROOF = ['invalid_dpop_proof', 'invalid_request', 'invalid_grant']

type Said = Readonly<Record<string, unknown>>

/** What the profile says of tokens that are bound to a key (RFC 9449). */
export function dpopModules(around: () => Around): void {
  conforms(
    'fapi2-security-profile-final-access-token-type-header-case-sensitivity',
    'the name of the scheme is the same in any case',
    async () => {
      const { suite, one } = around()
      const { tokens } = await granted(around(), one)
      for (const scheme of ['dpop', 'DPOP', 'DPoP', 'dPoP'])
        expect({ scheme, status: (await use(suite, one, tokens.access_token, { scheme })).status }).toEqual({
          scheme,
          status: 200,
        })
    },
  )

  conforms(
    'fapi2-security-profile-final-check-dpop-proof-nbf-exp',
    'a proof may say when it is good, and is held to it',
    async () => {
      const said = () => ({ nbf: seconds() - 5, exp: seconds() + 300 })
      await expectAllTake(said)
      await expectNoneTakes(() => ({ exp: seconds() - 120 }))
      await expectNoneTakes(() => ({ nbf: seconds() + 120 }))
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds',
    'a clock may be slow',
    async () => {
      await expectAllTake(() => ({ iat: seconds() - 10 }))
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds',
    'a clock may be fast',
    async () => {
      await expectAllTake(() => ({ iat: seconds() + 10 }))
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails',
    'a pushed request names the key that it shows',
    async () => {
      const { suite, one, other } = around()
      const asked = request(suite, one, { dpop_jkt: await thumbprintOf(other) })
      const answer = await push(suite, one, asked, { dpop: await proofFor(suite, one, PAR) })
      expectRefused(answer, ['invalid_request', 'invalid_dpop_proof'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt',
    'the key that was shown holds',
    async () => {
      const { suite, one, other } = around()
      const way = await authorized(around(), one, {}, { dpop: await proofFor(suite, one, PAR) })
      const dpop = await proofFor(suite, other, 'token_endpoint')
      expectRefused(await redeem(suite, one, way, {}, { dpop }), [
        'invalid_grant',
        'invalid_request',
        'invalid_dpop_proof',
      ])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt',
    'the key that was named holds',
    async () => {
      const { one, other, suite } = around()
      const way = await authorized(around(), one, { dpop_jkt: await thumbprintOf(other) })
      expectRefused(await redeem(suite, one, way), ['invalid_grant', 'invalid_request', 'invalid_dpop_proof'])
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success',
    'the same key all the way is taken',
    async () => {
      const { suite, one } = around()
      const way = await authorized(around(), one, {}, { dpop: await proofFor(suite, one, PAR) })
      await checkGranted(around(), one, way, await redeem(suite, one, way))
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-dpop-auth-code-binding-success',
    'the key that was named is taken',
    async () => {
      const { suite, one } = around()
      const dpop_jkt = await thumbprintOf(one)
      const way = await authorized(around(), one, { dpop_jkt }, { dpop: await proofFor(suite, one, PAR) })
      await checkGranted(around(), one, way, await redeem(suite, one, way))
    },
  )

  conforms(
    'fapi2-security-profile-final-dpop-negative-tests',
    'a proof that lacks or falsifies anything opens nothing',
    async () => {
      const { suite, one } = around()
      const got = await granted(around(), one)
      await expectGoodProofs(got)
      for (const [what, dpop] of Object.entries(await badProofs(got))) {
        const { status } = await use(suite, one, got.tokens.access_token, { dpop })
        expect({ what, status }).toEqual({ what, status: expect.toBeOneOf([400, 401]) })
      }
      const once = await proofFor(suite, one, INFO, { accessToken: got.tokens.access_token })
      expect((await use(suite, one, got.tokens.access_token, { dpop: once })).status).toBe(200)
      expect((await use(suite, one, got.tokens.access_token, { dpop: once })).status).toBe(401)
    },
  )

  async function expectGoodProofs({ tokens }: Granted): Promise<void> {
    const { suite, one } = around()
    const accessToken = tokens.access_token
    const url = suite.endpoint(INFO).href
    const good: Readonly<Record<string, Said>> = {
      'with an address with query and fragment': { url: `${url}?a=b#c` },
      'with an address in other letters': { url: url.replace('http://localhost', 'HTTP://LOCALHOST') },
      'with claims that nobody knows': { colour: 'blue', nothing: null },
    }
    for (const [what, said] of Object.entries(good)) {
      const dpop = await proofFor(suite, one, INFO, { accessToken, ...said })
      expect({ what, status: (await use(suite, one, accessToken, { dpop })).status }).toEqual({ what, status: 200 })
    }
    const more = await proofFor(suite, one, INFO, { accessToken }, { colour: 'blue' })
    expect((await use(suite, one, accessToken, { dpop: more })).status).toBe(200)
  }

  async function badProofs({ tokens }: Granted): Promise<Readonly<Record<string, string>>> {
    const { suite, one, other } = around()
    const accessToken: string = tokens.access_token
    const make = (said: Said = {}, header: Record<string, unknown> = {}, by: Pick<Fapi2Client, 'dpop'> = one) =>
      proofFor(suite, by, INFO, { accessToken, ...said }, header)
    const [head = '', body = '', signature = ''] = (await make()).split('.')
    const rsa = await makeClientKeys('RS256')
    const recoded = (part: string, change: Said) =>
      Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...change })).toString(
        'base64url',
      )
    const jwk = await exportJWK(one.dpop.publicKey)
    return {
      'more than one': `${await make()}, ${await make()}`,
      'no JWT': 'not.a.jwt',
      'half a JWT': `${head}.${body}`,
      'no type': await make({}, { typ: undefined }),
      'no algorithm': `${recoded(head, { alg: undefined })}.${body}.${signature}`,
      'no key': await make({}, { jwk: undefined }),
      'no id': await make({ jti: undefined }),
      'no method': await make({ htm: undefined }),
      'no address': await make({ htu: undefined }),
      'no time': await make({ iat: undefined }),
      'no token': await make({ ath: undefined }),
      'another type': await make({}, { typ: 'JWT' }),
      'no signature': `${new UnsecuredJWT({}).encode().split('.')[0]}.${body}.`,
      'no signature, with its key': `${recoded(head, { alg: 'none' })}.${body}.`,
      'another signature': `${head}.${body}.${Buffer.alloc(64, 7).toString('base64url')}`,
      'a changed body': `${head}.${recoded(body, { jti: 'another' })}.${signature}`,
      'a private key': await make({}, { jwk: await exportJWK(one.dpop.privateKey) }),
      RS256: await make({}, {}, { dpop: rsa }),
      'another method': await make({ htm: 'PUT' }),
      'another address': await make({ url: suite.endpoint('token_endpoint').href }),
      'another server': await make({ url: 'https://other.example.com/oauth/userinfo' }),
      'an hour ahead': await make({ iat: seconds() + 3600 }),
      'an hour ago': await make({ iat: seconds() - 3600 }),
      'another token': await make({ accessToken: `${accessToken}x` }),
      'another key': await make({}, {}, other),
      'another key, named as the right one': await make({}, { jwk }, other),
    }
  }

  /** Each endpoint takes a proof that says so. */
  async function expectAllTake(said: () => Said): Promise<void> {
    const { suite, one } = around()
    const way = await authorized(around(), one, {}, { dpop: await proofFor(suite, one, PAR, said()) })
    const dpop = await proofFor(suite, one, 'token_endpoint', said())
    const { tokens } = await checkGranted(around(), one, way, await redeem(suite, one, way, {}, { dpop }))
    const accessToken = tokens.access_token
    const last = await proofFor(suite, one, INFO, { accessToken, ...said() })
    expect((await use(suite, one, accessToken, { dpop: last })).status).toBe(200)
  }

  async function expectNoneTakes(said: () => Said): Promise<void> {
    const { suite, one } = around()
    const dpop = await proofFor(suite, one, PAR, said())
    expectRefused(await push(suite, one, request(suite, one), { dpop }), NO_PROOF)
    const way = await authorized(around(), one)
    const bad = await proofFor(suite, one, 'token_endpoint', said())
    expectRefused(await redeem(suite, one, way, {}, { dpop: bad }), NO_PROOF)
    const { access_token: accessToken } = (await granted(around(), one)).tokens
    const last = await proofFor(suite, one, INFO, { accessToken, ...said() })
    expect((await use(suite, one, accessToken, { dpop: last })).status).toBe(401)
  }

  async function thumbprintOf({ dpop }: Fapi2Client): Promise<string> {
    return calculateJwkThumbprint(await exportJWK(dpop.publicKey))
  }
}
