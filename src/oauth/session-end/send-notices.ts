import type Provider from 'oidc-provider'
import type { Client } from 'oidc-provider'
import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../core/index.ts'
import { type Store, startWatch } from '../../store/index.ts'
import { logoutTokenOf } from './logout-token.ts'
import {
  claimNotice,
  deleteNotice,
  dueNotices,
  hasDueNotice,
  type LogoutNotice,
  type LogoutNoticeRow,
  postponeNotice,
} from './notice.ts'

/** Tells clients of sessions that ended, until they took notice or it is no use any more. */
export type NoticeSender = {
  /** Looks now rather than at the next tick. */
  readonly nudge: () => void
  readonly stop: () => Promise<void>
}

export type NoticeSenderDeps = {
  readonly store: Store
  readonly audit: Pick<Audit, 'append'>
  readonly clock: Clock
  /** The library's server of this moment. */
  readonly provider: () => Promise<Provider>
  readonly findClient: (id: string) => Recipient | null | Promise<Recipient | null>
  readonly fetch: typeof fetch
  readonly onError: (error: unknown) => void
}

type Recipient = { readonly organization: string; readonly backchannelLogoutUri: string | null }

const EVERY = 2_000
const AT_ONCE = 32
const PER_CLIENT = 4
const PATIENCE = 5_000
/** Whoever has not written down what came of it by then is not there any more. */
const CLAIMED_FOR = PATIENCE + 10_000
/** Milliseconds between attempts, give or take a fifth. After the last one it is given up. */
const WAITS = [2_000, 10_000, 60_000, 300_000, 1_800_000, 7_200_000] as const
const JITTER = 0.2
const MOST_REASON = 200

/** Starts telling. Several processes may: each notice is taken by one of them, and falls free should that one die. */
export function startNoticeSender(deps: NoticeSenderDeps): NoticeSender {
  const { store, clock } = deps
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  const watch = startWatch({
    every: EVERY,
    look: async () => underWay.size < AT_ONCE && (await hasDueNotice(store, clock.now())),
    work: begin,
    onError: deps.onError,
  })

  async function begin(): Promise<void> {
    const due = await dueNotices(store, clock.now(), AT_ONCE - underWay.size, PER_CLIENT)
    for (const notice of await claim(due)) track(tell(notice).catch(deps.onError))
  }

  function claim(due: readonly LogoutNoticeRow[]): Promise<LogoutNoticeRow[]> {
    const until = clock.now() + CLAIMED_FOR
    return store.write(async (tx) => {
      const mine: LogoutNoticeRow[] = []
      for (const row of due) if (await claimNotice(tx, row, until)) mine.push({ ...row, attempts: row.attempts + 1 })
      return mine
    })
  }

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      underWay.delete(tracked)
      if (!stopping.signal.aborted) watch.nudge()
    })
    underWay.add(tracked)
  }

  async function tell({ sid, client_id: clientId, person_id: personId, attempts }: LogoutNoticeRow): Promise<void> {
    const client = await deps.findClient(clientId)
    // Whoever does not want to know, or is not there any more, is not told.
    if (client === null || client.backchannelLogoutUri === null) return store.write((tx) => deleteNotice(tx, sid))
    const notice = { sid, clientId, personId }
    const reason = await post(client.backchannelLogoutUri, notice)
    // Broken off from our side, it says nothing of the client: somebody else goes on at once.
    if (reason !== null && stopping.signal.aborted) return store.write((tx) => postponeNotice(tx, sid, clock.now()))
    await remember(notice, client.organization, attempts, reason)
  }

  /** @returns in words what went wrong; null when the client took notice */
  async function post(address: string, notice: LogoutNotice): Promise<string | null> {
    try {
      const provider = await deps.provider()
      const client = (await provider.Client.find(notice.clientId)) as Client | undefined
      if (client === undefined) return 'the client is not there'
      const token = await logoutTokenOf(provider, client, notice, clock)
      const { status } = await deps.fetch(address, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), stopping.signal]),
        body: new URLSearchParams({ logout_token: token }),
      })
      return status === 200 || status === 204 ? null : `it answered ${status}`
    } catch (error) {
      return reasonOf(error)
    }
  }

  async function remember(
    { sid, clientId, personId }: LogoutNotice,
    organization: string,
    attempts: number,
    reason: string | null,
  ) {
    const wait = reason === null ? null : (WAITS[attempts - 1] ?? null)
    await store.write(async (tx) => {
      if (reason !== null && wait !== null) return postponeNotice(tx, sid, clock.now() + spread(wait))
      await deleteNotice(tx, sid)
      const details = { client: clientId, subject: personId, attempts }
      const actor = { principalKind: 'system', principal: 'oauth', organization }
      const about = { ...actor, resource: clientId }
      await (reason === null
        ? deps.audit.append(tx, { ...about, type: 'backchannel_logout.sent', outcome: 'success', details })
        : deps.audit.append(tx, {
            ...about,
            type: 'backchannel_logout.failed',
            outcome: 'failure',
            details: { ...details, reason },
          }))
    })
  }

  async function stop(): Promise<void> {
    await watch.stop()
    stopping.abort()
    await Promise.all(underWay)
  }

  return Object.freeze({ nudge: watch.nudge, stop })
}

// What failed together must not come back together.
function spread(wait: number): number {
  return Math.round(wait * (1 - JITTER + 2 * JITTER * Math.random()))
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error as { cause?: { reason?: string; title?: string } }
  return (cause?.reason ?? cause?.title ?? error.message).slice(0, MOST_REASON)
}
