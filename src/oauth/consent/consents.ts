import type { Audit } from '../../audit/index.ts'
import { actorOf, type Caller, type Clock, createId, done, type Result, refused } from '../../core/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import type { GrantsOf } from '../entity/end-grants.ts'
import { type Asked, type Consent, type Item, itemsOf, type Parties } from './consent.ts'
import { refuseConsent } from './problems.ts'
import {
  consentTables,
  deleteConsent,
  findConsent,
  findConsentById,
  keepConsent,
  keepItems,
  listConsents,
} from './store.ts'

/** What people agreed to with clients (row O7). */
export type Consents = {
  /** What a person agreed to and what still counts; nothing, where they never did. */
  readonly agreedWith: (parties: Parties) => Promise<readonly Item[]>
  /** Writes down that a person agrees. What they agreed to before stays. Event: `consent.granted`. */
  readonly agree: (parties: Parties, asked: Asked, caller: Caller) => Promise<void>
  /** Writes down that a person said no: an Event `consent.denied` and nothing else. */
  readonly deny: (parties: Parties, asked: Asked, caller: Caller) => void
  /** Newest first, continuing before an id; in one organization, or in all with null. */
  readonly list: (
    whose: { readonly personId: string; readonly organization: string | null },
    part: { readonly before: string | null; readonly limit: number },
  ) => Promise<Consent[]>
  /**
   * Takes back what the caller agreed to with a client, and ends every token that came of it, everywhere. Event:
   * `consent.withdrawn`. Errors: `CONSENT_UNKNOWN`.
   */
  readonly withdraw: (id: string, caller: Caller) => Promise<Result<null>>
  /** The same for all that a person agreed to in an organization, or in all with null. @returns how many consents there were */
  readonly withdrawAll: (
    whose: { readonly personId: string; readonly organization: string | null },
    caller: Caller,
  ) => Promise<number>
}

export type ConsentsDeps = {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Pick<Audit, 'append' | 'record'>
  /** For how long a consent counts, in milliseconds from the day it was given. */
  readonly lifetime: number
  /** Ends what was issued. @returns how many grants there were */
  readonly endGrants: (tx: Transaction, whose: GrantsOf) => Promise<number>
  /** Called once something was withdrawn, for whoever remembers what was issued. */
  readonly onWithdrawn: () => void
}

const AT_ONCE = 100
const MOST_SCOPES_TOLD = 50

/**
 * Keeps what people agreed to.
 *
 * @example
 * await consents.agree({ personId, organization, clientId }, asked, caller)
 */
export function createConsents(deps: ConsentsDeps): Consents {
  const { store, clock, audit } = deps

  const agreedWith: Consents['agreedWith'] = async (parties) => {
    const consent = await findConsent(consentTables(store), parties)
    return consent === null ? [] : current(consent).items
  }

  const agree: Consents['agree'] = (parties, asked, caller) =>
    store.write(async (tx) => {
      const now = clock.now()
      const id = await keepConsent(tx, createId('cns', now), parties, now)
      await keepItems(tx, id, itemsOf(asked), now)
      await audit.append(tx, told(caller, 'consent.granted', parties, { resource: id, scopes: scopesOf(asked) }))
    })

  const deny: Consents['deny'] = (parties, asked, caller) => {
    audit.record(told(caller, 'consent.denied', parties, { resource: parties.clientId, scopes: scopesOf(asked) }))
  }

  const list: Consents['list'] = async (whose, part) => {
    const found = await listConsents(consentTables(store), whose, part)
    return found.map(current)
  }

  const withdraw: Consents['withdraw'] = (id, caller) =>
    store.write(async (tx) => {
      const consent = await findConsentById(consentTables(tx), id)
      const isTheirs = consent !== null && consent.personId === caller.principal.id
      const ended = isTheirs && (await end(tx, consent, caller))
      return ended ? done(null) : refused(refuseConsent('CONSENT_UNKNOWN'))
    })

  const withdrawAll: Consents['withdrawAll'] = async (whose, caller) => {
    let withdrawn = 0
    for (let seen = AT_ONCE; seen === AT_ONCE; ) {
      const some = await store.write((tx) => endSome(tx, whose, caller))
      withdrawn += some.ended
      seen = some.seen
    }
    return withdrawn
  }

  async function endSome(tx: Transaction, whose: { personId: string; organization: string | null }, caller: Caller) {
    const consents = await listConsents(consentTables(tx), whose, { before: null, limit: AT_ONCE })
    let ended = 0
    for (const consent of consents) if (await end(tx, consent, caller)) ended++
    return { seen: consents.length, ended }
  }

  async function end(tx: Transaction, consent: Consent, caller: Caller): Promise<boolean> {
    if (!(await deleteConsent(tx, consent.id))) return false
    const { personId, organization, clientId } = consent
    const grants = await deps.endGrants(tx, { personId, organization, clientId })
    const details = { client: clientId, subject: personId, grants }
    const event = { type: 'consent.withdrawn', outcome: 'success', resource: consent.id, details } as const
    await audit.append(tx, { ...actorOf(caller), organization, ...event })
    tx.afterCommit(deps.onWithdrawn)
    return true
  }

  function current(consent: Consent): Consent {
    const since = clock.now() - deps.lifetime
    return { ...consent, items: consent.items.filter(({ agreedAt }) => agreedAt > since) }
  }

  return Object.freeze({ agreedWith, agree, deny, list, withdraw, withdrawAll })
}

function told(
  caller: Caller,
  type: 'consent.granted' | 'consent.denied',
  { organization, clientId }: Parties,
  { resource, scopes }: { readonly resource: string; readonly scopes: string },
) {
  const outcome = type === 'consent.granted' ? ('success' as const) : ('denied' as const)
  return { ...actorOf(caller), organization, type, outcome, resource, details: { client: clientId, scopes } }
}

function scopesOf(asked: Asked): string {
  return itemsOf(asked)
    .slice(0, MOST_SCOPES_TOLD)
    .map(({ name }) => name)
    .join(' ')
}
