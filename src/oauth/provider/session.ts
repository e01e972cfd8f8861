import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { OwnSession } from './own-session.ts'
import type { SessionTime } from './session-time.ts'

type ProtocolSession = InstanceType<Provider['Session']>

/**
 * Makes the session of ours the truth: on each request that of the protocol is brought in line with it before anything
 * looks at it. Who is signed out here is nobody there; who signed in as somebody else begins anew; what was proved last
 * is what `acr`, `amr` and `auth_time` say.
 */
export function followOwnSession(provider: Provider, { ownIn }: Pick<SessionTime, 'ownIn'>): void {
  const { Session } = provider
  const read = Session.get.bind(Session)
  Session.get = async (ctx) => {
    const own = await ownIn(ctx)
    const found = await read(ctx)
    const session = isOf(own, found) ? found : blank(provider, ctx as KoaContextWithOIDC)
    if (own !== null) signIn(session, own)
    return session
  }
  bindToBrowserAlone(provider)
  keepNoUnnamed(provider)
}

// The page of an error may write into a session when the answer is as good as sent; of a new one no cookie can tell then.
function keepNoUnnamed({ Session }: Provider): void {
  const { persist } = Session.prototype
  Session.prototype.persist = async function () {
    return typeof this.exp === 'number' ? persist.call(this) : ''
  }
}

/**
 * A request that waits is bound to its browser by its cookies, and to a person by what it demands. The library also wants
 * to see the very session in which it came; but whoever signs in anew for it is in another one then.
 */
function bindToBrowserAlone({ Interaction }: Provider): void {
  const { save } = Interaction.prototype
  Interaction.prototype.save = function (ttl) {
    if (this.session !== undefined) this.session = { ...this.session, uid: undefined as never }
    return save.call(this, ttl)
  }
}

function isOf(own: OwnSession | null, session: ProtocolSession): boolean {
  return session.accountId === undefined || session.accountId === own?.personId
}

// Made of a payload, it counts as one that was there: its new name overwrites the cookie of the former.
function blank(provider: Provider, ctx: KoaContextWithOIDC): ProtocolSession {
  const Made = provider.Session as unknown as new (payload: object) => ProtocolSession
  const session = new Made({})
  ctx.oidc?.entity('Session', session)
  return session
}

function signIn(session: ProtocolSession, { personId, assurance }: OwnSession): void {
  const { acr, amr, provedAt } = assurance
  session.loginAccount({ accountId: personId, acr, amr: [...amr], loginTs: Math.floor(provedAt / 1000) })
  Object.defineProperty(session, 'touched', { writable: true, configurable: true, value: true })
}
