import type { Clock } from '../../core/index.ts'
import type { ProviderDeps } from './deps.ts'
import { currentSession, type OwnSession } from './own-session.ts'

/** How long a session of the protocol lasts where nobody is signed in: time to do so. Milliseconds. */
const FOR_NOBODY = 3_600_000

/** Keeps sessions of the protocol within the life of the session of ours that they follow. */
export type SessionTime = {
  /** The session of ours in a request; null when there is none, or it is over. */
  readonly ownIn: (ctx: object) => Promise<OwnSession | null>
  /** How long the protocol's session of that request may last, in seconds. */
  readonly secondsLeft: (ctx: object) => number
}

export function createSessionTime({ clock, sessionEndsAt }: { clock: Clock } & Pick<ProviderDeps, 'sessionEndsAt'>) {
  const known = new WeakMap<object, number>()

  async function ownIn(ctx: object): Promise<OwnSession | null> {
    const own = currentSession()
    const endsAt = own === null ? null : await sessionEndsAt(own.id)
    if (endsAt === null) return null
    known.set(ctx, endsAt)
    return own
  }

  function secondsLeft(ctx: object): number {
    const now = clock.now()
    return Math.max(1, Math.floor(((known.get(ctx) ?? now + FOR_NOBODY) - now) / 1000))
  }

  return Object.freeze({ ownIn, secondsLeft } satisfies SessionTime)
}
