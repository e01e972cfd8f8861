import { afterAll, beforeAll, describe, expect } from 'vitest'
import { backends, type World } from '../../support/backends.ts'
import { go, press } from './browser.ts'
import { assertion, makeKey } from './client-keys.ts'
import { type Documents, openDocuments } from './documents.ts'
import { expectPage } from './landings.ts'
import { conforms } from './module.ts'
import { type Answer, answerOf, CALLBACK, type RelyingParty, request } from './relying-party.ts'
import { conclude } from './signed-in.ts'
import { openSuite, type Suite } from './suite.ts'

const [small] = backends
const SETTINGS = {
  SALLYPORT_OAUTH_REGISTRATION: 'open',
  SALLYPORT_GUARD_OUTBOUND_ALLOW: '["localhost"]',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_PRIVATE_NETWORKS: '["127.0.0.1", "::1"]',
}

describe('oidcc-dynamic-certification-test-plan: clients that register themselves', () => {
  let world: World
  let suite: Suite
  let documents: Documents

  beforeAll(async () => {
    if (small === undefined) throw new Error('there is no database to test with')
    world = await small.open()
    documents = await openDocuments()
    suite = await openSuite(world, { env: SETTINGS })
  })
  afterAll(async () => {
    await suite?.close()
    await documents?.close()
    await world?.close()
  })

  conforms('oidcc-redirect-uri-regfrag', 'an address with a fragment is not registered', async () => {
    const answer = await registerSelf({ redirect_uris: [`${CALLBACK}#fragment`] })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_redirect_uri' } })
  })

  conforms('oidcc-registration-policy-uri', 'people find the policy of a client where they agree', async () => {
    await expectLinkAt('policy_uri', 'https://rp.example.com/policy')
  })

  conforms('oidcc-registration-tos-uri', 'people find the terms of a client where they agree', async () => {
    await expectLinkAt('tos_uri', 'https://rp.example.com/terms')
  })

  conforms('oidcc-registration-jwks-uri', 'a client proves itself by the keys at its address', async () => {
    const key = await makeKey('rp-1')
    const jwks_uri = documents.put('/jwks.json', { keys: [key.jwk] })
    const answer = await registerSelf({ jwks_uri, token_endpoint_auth_method: 'private_key_jwt' })
    expect(answer).toMatchObject({ status: 201, body: { jwks_uri } })
    expect(answer.body).not.toHaveProperty('client_secret')
    const rp = relyingParty(answer, (audience) => assertion(key, answer.body.client_id, audience))
    await signInAgreeing(rp)
    expect(documents.asked()).toContain('/jwks.json')
  })

  conforms(
    'oidcc-registration-sector-uri',
    'a client whose sector names its address calls people by names of its own',
    async () => {
      const redirect = `${documents.origin}/callback`
      const sector = documents.put('/sector.json', [redirect, `${documents.origin}/other`])
      const answer = await registerSelf({
        redirect_uris: [redirect],
        sector_identifier_uri: sector,
        subject_type: 'pairwise',
      })
      expect(answer).toMatchObject({ status: 201, body: { sector_identifier_uri: sector, subject_type: 'pairwise' } })
      const { claims, person } = await signInAgreeing(relyingParty(answer))
      expect(claims.sub).not.toBe(person.id)
    },
  )

  conforms(
    'oidcc-registration-sector-bad',
    'a client whose sector does not name its address is not registered',
    async () => {
      const sector = documents.put('/bad-sector.json', [`${documents.origin}/other`])
      const redirect_uris = [`${documents.origin}/callback`]
      for (const address of [sector, `${documents.origin}/nowhere.json`]) {
        const answer = await registerSelf({ redirect_uris, sector_identifier_uri: address, subject_type: 'pairwise' })
        expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } })
      }
    },
  )

  /** A client registers itself (OpenID Connect Dynamic Client Registration, section 3.1). */
  async function registerSelf(metadata: Readonly<Record<string, unknown>>): Promise<Answer> {
    const body = JSON.stringify({
      client_name: 'Conformance',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      ...metadata,
    })
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const answer = await answerOf(
      await fetch(suite.endpoint('registration_endpoint'), { method: 'POST', headers, body }),
    )
    if (answer.status === 201) checkRegistered(answer)
    return answer
  }

  /** Section 3.2 there. */
  function checkRegistered({ headers, body }: Answer): void {
    expect(headers.get('cache-control')).toContain('no-store')
    expect(headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(body).toMatchObject({ client_id: expect.any(String), registration_access_token: expect.any(String) })
    expect(new URL(body.registration_client_uri).origin).toBe(suite.issuer)
    if (body.client_secret !== undefined) expect(body.client_secret_expires_at).toEqual(expect.any(Number))
  }

  function relyingParty({ body }: Answer, assert?: RelyingParty['assert']): RelyingParty {
    return {
      id: body.client_id,
      secret: body.client_secret ?? null,
      redirectUri: body.redirect_uris[0],
      authentication: body.token_endpoint_auth_method,
      ...(assert === undefined ? {} : { assert }),
    }
  }

  async function signInAgreeing(rp: RelyingParty) {
    const { browser, person } = await suite.signedIn()
    const asked = request(suite, rp)
    const page = await go(browser, asked.url)
    expectPage(page)
    const { claims } = await conclude(suite, rp, asked, await press(browser, page, { answer: 'allow' }))
    return { claims, person }
  }

  async function expectLinkAt(name: 'policy_uri' | 'tos_uri', address: string): Promise<void> {
    const answer = await registerSelf({ [name]: address })
    expect(answer).toMatchObject({ status: 201, body: { [name]: address } })
    const { browser } = await suite.signedIn()
    const page = await go(browser, request(suite, relyingParty(answer)).url)
    expectPage(page)
    expect('body' in page ? page.body : '').toContain(`href="${address}"`)
  }
})
