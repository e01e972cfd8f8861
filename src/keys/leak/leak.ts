import { actorOf, type Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { moveWithin } from '../change.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { mailOwner } from '../rotation/contacts.ts'
import { revocation } from '../status.ts'
import { findKeyToChange } from '../store.ts'
import type { Directory } from '../verify/directory.ts'

/** A key that somebody found where it should not be. */
export type LeakReport = {
  readonly key: string
  /** Where it was found, in the finder's words. */
  readonly where: string | null
  readonly url: string | null
  /** Through which door the report came. */
  readonly source: string
}

export type LeakOutcome =
  | { readonly is: 'unknown' }
  | { readonly is: 'revoked' | 'already_revoked'; readonly key: Pick<Key, 'id' | 'organization' | 'name' | 'owner'> }

/**
 * Takes a report of a leaked key (row K20): whoever can show the whole key has proved that it is out, and that is all the
 * authority it takes. The key is revoked at once, its owner is told by mail, `key.leaked` is written: one transaction.
 * Reported again, it is revoked already and nothing more happens.
 */
export function createLeak(deps: KeyDeps & { readonly find: Directory['find'] }) {
  return async (report: LeakReport, caller: Caller): Promise<LeakOutcome> => {
    const found = await deps.find(report.key)
    if (found.is === 'unproven') return { is: 'unknown' }
    const { key } = found.entry
    return deps.store.write((tx) => endWithin(deps, tx, key, withoutKey(report), caller))
  }
}

async function endWithin(
  deps: KeyDeps,
  tx: Transaction,
  { id, organization }: Key,
  report: LeakReport,
  caller: Caller,
): Promise<LeakOutcome> {
  const key = await findKeyToChange(tx, id, { organization, ownerId: null })
  if (key === null) return { is: 'unknown' }
  if (key.status === 'revoked') return { is: 'already_revoked', key }
  const { where, url, source } = report
  await mailOwner(deps, tx, key, 'key_leaked', { where: [where, url].filter((it) => it !== null).join(' ') || source })
  const authorized = finderOf(caller, organization)
  const ended = await moveWithin(deps, tx, { id, version: null }, authorized, revocation('leaked'))
  if (!ended.ok) throw new Error(`a leaked key could not be revoked: ${ended.problem.code}`)
  const details = { where, url, source }
  await deps.audit.append(tx, { ...actorOf(authorized), type: 'key.leaked', outcome: 'success', resource: id, details })
  return { is: 'revoked', key }
}

// The finder acts in the key's organization, for this one thing; nothing else of theirs is widened.
function finderOf(caller: Caller, organization: string): Caller {
  return { ...caller, principal: { ...caller.principal, organization, permissions: ['keys:manage'] } }
}

// Finders paste the line they found, the key in it.
function withoutKey(report: LeakReport): LeakReport {
  const clean = (text: string | null) => text?.replaceAll(report.key, '…') ?? null
  return { ...report, where: clean(report.where), url: clean(report.url) }
}
