import { expect } from 'vitest'
import type { Visitor } from '../../support/visitor.ts'
import { go, type Landing, press } from './browser.ts'
import { expectError } from './landings.ts'
import { formOf, type Parameters, type RelyingParty, request } from './relying-party.ts'
import type { Suite } from './suite.ts'

/** Goes to sign out, and says yes where it is asked (OpenID Connect RP-Initiated Logout 1.0). */
export async function signOut(
  suite: Suite,
  browser: Visitor,
  parameters: Parameters,
): Promise<{ readonly first: Landing; readonly last: Landing }> {
  const url = suite.endpoint('end_session_endpoint')
  url.search = formOf(parameters).toString()
  const first = await go(browser, url)
  const asks = first.at === 'page' && first.status === 200 && String(first.body).includes('<form')
  return { first, last: asks ? await press(browser, first, { logout: 'yes' }) : first }
}

/** Nobody is signed in any more: neither for clients nor here. */
export async function expectSignedOut(suite: Suite, rp: RelyingParty, browser: Visitor): Promise<void> {
  const landing = await go(browser, request(suite, rp, { prompt: 'none' }).url)
  expect(landing.at).toBe('client')
  expectError(landing, ['login_required', 'interaction_required'])
  expect((await browser.get('/v1/account')).status).toBe(401)
}
