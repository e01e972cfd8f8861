import Provider, { type KoaContextWithOIDC } from 'oidc-provider'
import type { Caller, Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { OauthClient } from '../client/client.ts'
import { languageOf } from '../page/language.ts'
import { currentCaller, currentSession } from '../provider/own-session.ts'
import { frontChannelAddresses, type SignedOut } from './front-channel.ts'
import { framesHeaders, framesPage } from './front-channel-page.ts'
import { insertNotice } from './notice.ts'

export type FollowLogoutDeps = {
  readonly store: Store
  readonly clock: Clock
  readonly issuer: string
  readonly findClient: (id: string) => OauthClient | null | Promise<OauthClient | null>
  /** Signs a caller out of the session of ours that they are in, with everything that hangs on it. */
  readonly endSession: (caller: Caller, reason: string) => Promise<boolean>
  /** What a `Set-Cookie` header says to a browser whose session is over. */
  readonly forgetSession: string
  readonly nudge: () => void
}

type Session = {
  readonly authorizations?: Readonly<Record<string, { readonly sid?: string }>> | undefined
  readonly destroy: () => Promise<void>
}
type LoggingOut = { includeSid: () => boolean; backchannelLogout: (personId: string, sid: string) => Promise<void> }

/**
 * Makes the log-out of the protocol ours (OpenID Connect RP-Initiated Logout 1.0): who signs out by way of a client is
 * signed out here, and the clients are told by what tells them otherwise too.
 */
export function followLogout(provider: Provider, deps: FollowLogoutDeps): void {
  const { store, clock } = deps
  const framed = new WeakMap<object, string[]>()
  const client = provider.Client.prototype as unknown as LoggingOut
  // Every token says which session it is of, so that it can be called back with it.
  client.includeSid = () => true
  client.backchannelLogout = async function (this: { readonly clientId?: string }, personId, sid) {
    // Who signs out of everything ends a session of ours, which tells all clients.
    if (endsEverything() || this.clientId === undefined) return
    const notice = { sid, clientId: this.clientId, personId }
    await store.write((tx) => insertNotice(tx, notice, clock.now()))
    deps.nudge()
  }

  const session = provider.Session.prototype as unknown as Session & { destroy: () => Promise<void> }
  const { destroy } = session
  session.destroy = async function (this: Session) {
    const ctx = Provider.ctx
    if (ctx !== undefined) framed.set(ctx, await frontChannelAddresses(signedOutOf(this), deps))
    const caller = currentCaller()
    if (caller !== null && currentSession() !== null) {
      await deps.endSession(caller, 'signed out by way of a client')
      ctx?.append('set-cookie', deps.forgetSession)
    }
    await destroy.call(this)
  }

  provider.use(async (ctx, next) => {
    await next()
    const addresses = framed.get(ctx) ?? []
    const onward = ctx.response.get('location')
    if (addresses.length === 0 || onward === '') return
    ctx.remove('location')
    ctx.set({ ...framesHeaders(deps.issuer, addresses) })
    ctx.status = 200
    const language = languageOf(ctx.oidc?.params?.ui_locales, ctx.get('accept-language'))
    ctx.body = framesPage({ language, host: new URL(deps.issuer).host }, addresses, onward)
  })
}

function endsEverything(): boolean {
  const ctx = Provider.ctx as KoaContextWithOIDC | undefined
  return ctx?.oidc.params?.logout !== undefined && currentSession() !== null
}

function signedOutOf({ authorizations = {} }: Session): SignedOut[] {
  return Object.entries(authorizations).flatMap(([clientId, { sid }]) => (sid === undefined ? [] : [{ clientId, sid }]))
}
