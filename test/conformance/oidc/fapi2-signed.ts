import { UnsecuredJWT } from 'jose'
import { expect } from 'vitest'
import { makeClientKeys, requestObject } from '../../support/relying-party-keys.ts'
import { go } from './browser.ts'
import {
  type Around,
  checkGranted,
  expectRefused,
  push,
  pushedUrl,
  redeem,
  registerFapi2,
  seconds,
  send,
} from './fapi2-client.ts'
import { conforms } from './module.ts'
import { type Answer, type Asked, CALLBACK, codeOf, request } from './relying-party.ts'
import { checkAnswer } from './signed-in.ts'

const PAR = 'pushed_authorization_request_endpoint'
const INVALID = ['invalid_request_object', 'invalid_request']
const HOUR = 3600

type Said = Readonly<Record<string, unknown>>

/** What message signing adds: requests that are signed. The first client must sign them. */
export function signedModules(around: () => Around): void {
  conforms(
    'fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds',
    'a request may be for others too',
    async () => {
      await expectGranted(({ issuer }) => ({ aud: ['https://other.example.com', issuer] }))
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted',
    'clocks may differ',
    async () => {
      await expectGranted(() => ({ iat: seconds() + 8, nbf: seconds() + 8, exp: seconds() + 68 }))
    },
  )

  conforms('fapi2-security-profile-final-ensure-request-object-without-exp-fails', 'a request ends', async () => {
    await expectSignedRefused({ exp: undefined })
  })

  conforms('fapi2-security-profile-final-ensure-request-object-without-nbf-fails', 'a request begins', async () => {
    await expectSignedRefused({ nbf: undefined })
  })

  conforms('fapi2-security-profile-final-ensure-expired-request-object-fails', 'what is over is over', async () => {
    await expectSignedRefused({ iat: seconds() - 180, nbf: seconds() - 180, exp: seconds() - 60 })
  })

  conforms(
    'fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails',
    'it is for this server',
    async () => {
      await expectSignedRefused({ aud: 'https://other.example.com' })
      await expectSignedRefused({ aud: undefined })
    },
  )

  conforms('fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails', 'it ends soon', async () => {
    await expectSignedRefused({ exp: seconds() + HOUR + 600 })
    await expectSignedRefused({ nbf: seconds() - HOUR + 60, exp: seconds() + 120 })
  })

  conforms(
    'fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails',
    'it is no old one',
    async () => {
      await expectSignedRefused({ nbf: seconds() - HOUR - 600, exp: seconds() + 60 })
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails',
    'RS256 signs no request',
    async () => {
      const { suite, one } = around()
      const { alg } = one.keys
      const [own, rsa] = [await makeClientKeys(alg), await makeClientKeys('RS256')]
      const [{ alg: _alg, ...anyRsa } = {}] = rsa.jwks.keys
      const wish = { requireSignedRequests: true, jwks: { keys: [...own.jwks.keys, anyRsa] } }
      const client = { ...(await registerFapi2(suite, alg, wish)), keys: own }
      const asked = request(suite, client)
      const about = { clientId: client.id, issuer: suite.issuer, ...Object.fromEntries(asked.url.searchParams) }
      expectRefused(await send(suite, client, PAR, { request: await requestObject(rsa, about) }), INVALID)
      const good = await send(suite, client, PAR, { request: await requestObject(own, about) })
      expect(good.status).toBe(201)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none',
    'a request without a signature is not signed',
    async () => {
      const { suite, one } = around()
      const asked = request(suite, one)
      const unsigned = new UnsecuredJWT({ ...Object.fromEntries(asked.url.searchParams), iss: one.id })
        .setAudience(suite.issuer)
        .setNotBefore('0s')
        .setExpirationTime('60s')
      expectRefused(await send(suite, one, PAR, { request: unsigned.encode() }), INVALID)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails',
    'a signature is for what it signs',
    async () => {
      const { suite, one } = around()
      const [mine, another] = [request(suite, one), request(suite, one)]
      const [head, body] = (await signedOf(mine)).split('.')
      const [, , signature] = (await signedOf(another)).split('.')
      expectRefused(await send(suite, one, PAR, { request: `${head}.${body}.${signature}` }), INVALID)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-matching-key-in-authorization-request',
    'a signature of another client is none',
    async () => {
      const { suite, one, other } = around()
      const about = {
        clientId: one.id,
        issuer: suite.issuer,
        ...Object.fromEntries(request(suite, one).url.searchParams),
      }
      for (const keys of [other.keys, { ...other.keys, kid: one.keys.kid }])
        expectRefused(await send(suite, one, PAR, { request: await requestObject(keys, about) }), INVALID)
    },
  )

  conforms(
    'fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails',
    'who must sign does so where requests are pushed, too',
    async () => {
      const { suite, one } = around()
      expectRefused(await push(suite, one, request(suite, one)), INVALID)
    },
  )

  conforms(
    'fapi2-security-profile-final-par-authorization-request-containing-request_uri',
    'what is pushed names no other request, in what is signed neither',
    async () => {
      await expectSignedRefused({ request_uri: 'urn:ietf:params:oauth:request_uri:c3VjaCBhIG9uZSBpcyBub3QgdGhlcmU' })
      await expectSignedRefused({ request_uri: `${CALLBACK}/request.jwt` })
    },
  )

  function signedOf({ url }: Asked, said: Said = {}): Promise<string> {
    const { suite, one } = around()
    const about = { clientId: one.id, issuer: suite.issuer, ...Object.fromEntries(url.searchParams) }
    return requestObject(one.keys, { ...about, ...said })
  }

  async function pushSigned(asked: Asked, said: Said): Promise<Answer> {
    const { suite, one } = around()
    return send(suite, one, PAR, { request: await signedOf(asked, said) })
  }

  async function expectSignedRefused(said: Said): Promise<void> {
    const { suite, one } = around()
    expectRefused(await pushSigned(request(suite, one), said), INVALID)
  }

  async function expectGranted(said: (server: { readonly issuer: string }) => Said): Promise<void> {
    const { suite, one, browser } = around()
    const asked = request(suite, one)
    const landing = await go(browser, pushedUrl(suite, one, await pushSigned(asked, said(suite))))
    checkAnswer(suite, one, asked, landing)
    const way = { asked, code: codeOf(landing) }
    await checkGranted(around(), one, way, await redeem(suite, one, way))
  }
}
