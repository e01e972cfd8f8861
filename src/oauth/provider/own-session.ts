import { AsyncLocalStorage } from 'node:async_hooks'
import type { Assurance, Caller } from '../../core/index.ts'

/** A session of ours in the request that is being answered: what a person is signed in by (row O5). */
export type OwnSession = {
  readonly id: string
  readonly personId: string
  readonly organization: string
  readonly assurance: Assurance
}

type Answering = { readonly caller: Caller; readonly writes: Promise<void>[] }
const answering = new AsyncLocalStorage<Answering>()

/** Does a piece of work in the name of a caller: what the library keeps meanwhile belongs to their session. */
export function asCaller<R>(caller: Caller, work: () => R): R {
  return answering.run({ caller, writes: [] }, work)
}

/** Who sends the request that is being answered; null outside of one. */
export function currentCaller(): Caller | null {
  return answering.getStore()?.caller ?? null
}

/** Leaves a write to be waited for before the request is answered; outside of one it is waited for here. */
export async function settleLater(write: Promise<void>): Promise<void> {
  const now = answering.getStore()
  if (now === undefined) return write
  // It is waited for below; that nobody does so yet is no reason to end the process.
  write.catch(() => undefined)
  now.writes.push(write)
}

/** Waits for what this request still writes. @throws what one of the writes threw */
export async function settled(): Promise<void> {
  await Promise.all(answering.getStore()?.writes.splice(0) ?? [])
}

export function currentSession(): OwnSession | null {
  const caller = currentCaller()
  return caller === null ? null : sessionOf(caller)
}

/**
 * The session of a caller, if a person is signed in by it. Whoever acts in another's name is not: programs must not get
 * tokens of theirs that outlive the impersonation (row I14).
 */
export function sessionOf({ principal }: Caller): OwnSession | null {
  const { credential, organization, assurance, actor, id } = principal
  if (credential?.kind !== 'session' || organization === null) return null
  if (assurance === undefined || actor !== undefined) return null
  return { id: credential.id, personId: id, organization, assurance }
}
