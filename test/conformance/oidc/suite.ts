import { vi } from 'vitest'
import type { World } from '../../support/backends.ts'
import { type Control, openControl } from '../../support/control.ts'
import { type Made, makePerson } from '../../support/people.ts'
import { openVisitor, type Visitor } from '../../support/visitor.ts'

/** What a server says of itself (OpenID Connect Discovery, section 3). */
export type Discovered = Readonly<Record<string, unknown>> & { readonly issuer: string }

/** A server under test and what a module needs around it. Nothing here knows more than HTTP tells, but for people. */
export type Suite = {
  readonly control: Control
  readonly issuer: string
  readonly discovered: Discovered
  /** The address of an endpoint, by the name that discovery has for it. */
  readonly endpoint: (name: string) => URL
  /** What every authorization request of this plan says besides. */
  readonly asking: Readonly<Record<string, string>>
  /** A key that may do everything, for `/v1`. */
  readonly admin: string
  /** A browser with nobody in it. */
  readonly browser: () => Visitor
  /** Somebody who has signed in. */
  readonly signedIn: () => Promise<{ readonly person: Made; readonly browser: Visitor }>
  readonly close: () => Promise<void>
}

/** Opens a server as one that is certified would be set up: RS256 first, and addresses of clients on this machine allowed. */
export async function openSuite(
  world: World,
  { asking = {}, env = {} }: { asking?: Suite['asking']; env?: Readonly<Record<string, string>> } = {},
): Promise<Suite> {
  const control = await openControl(world, { issuerHost: 'localhost', env: { ...SETTINGS, ...env } })
  const said = await fetch(`${control.url}/.well-known/openid-configuration`)
  const discovered = (await said.json()) as Discovered
  const { key: admin } = await control.keyWith(['*'])
  const browser = () => openVisitor(control.url)
  return Object.freeze({
    control,
    issuer: control.url,
    discovered,
    endpoint: (name: string) => new URL(String(discovered[name])),
    asking,
    admin,
    browser,
    signedIn: async () => {
      const [person, visitor] = [await makePerson(control), browser()]
      await enter(visitor, person)
      return { person, browser: visitor }
    },
    close: control.stop,
  })
}

const SETTINGS = {
  SALLYPORT_OAUTH_SIGNING_KEYS_ALGORITHMS: '["RS256", "ES256", "PS256"]',
  SALLYPORT_GUARD_OUTBOUND_ALLOW: '["127.0.0.1"]',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_INSECURE_HTTP: 'true',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_PRIVATE_NETWORKS: '["127.0.0.1"]',
}

/** Somebody types their password. */
export async function enter(browser: Visitor, { email, password }: Made): Promise<void> {
  const { status, body } = await browser.post('/v1/auth/login', { email, password })
  if (body?.next !== 'done') throw new Error(`${status}: ${JSON.stringify(body)}`)
}

/** Somebody who is signed in types their password again. */
export async function prove(browser: Visitor, { password }: Made): Promise<void> {
  const { status, body } = await browser.post('/v1/account/step-up', { method: 'password', password })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
}

/** Does a piece of work when some time has passed, in milliseconds; only dates move on. */
export async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  try {
    return await work()
  } finally {
    vi.useRealTimers()
  }
}
