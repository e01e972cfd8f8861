import { systemPrincipal } from '../../../core/index.ts'
import { type Chore, startChore, type Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { tablesOf } from '../../tables.ts'
import { tellIn } from '../tell.ts'
import type { Domain } from './domain.ts'
import type { LookUp } from './look-up.ts'
import { dueDomains, writeCheck } from './store.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const AT_ONCE = 10
const LEASE = 60_000

/** So many days in a row without the record a domain is no longer the organization's. */
export const MOST_MISSES = 3

/** Looks verified domains up again, each once a day, in one process at a time. */
export function startDomainChecks(deps: IdentityDeps, lookUp: LookUp): Chore {
  const { store, clock, onError } = deps
  return startChore({
    leases: store.leases,
    name: 'identity.domains',
    every: HOUR,
    lease: LEASE,
    work: async (held) => {
      for (;;) {
        const due = await dueDomains(tablesOf(store), clock.now() - DAY, AT_ONCE)
        await Promise.all(due.map((domain) => check(deps, lookUp, domain)))
        if (due.length < AT_ONCE || !(await held())) return
      }
    },
    onError,
  })
}

async function check(deps: IdentityDeps, lookUp: LookUp, domain: Domain): Promise<void> {
  const proof = await lookUp(domain)
  const misses = { there: 0, missing: domain.misses + 1, unknown: domain.misses }[proof]
  await deps.store.write((tx) => write(deps, tx, domain, misses))
}

async function write(deps: IdentityDeps, tx: Transaction, domain: Domain, misses: number): Promise<void> {
  const { organization, domain: name } = domain
  const isLost = misses >= MOST_MISSES
  const to = { verifiedAt: isLost ? null : domain.verifiedAt, misses, checkedAt: deps.clock.now() }
  if (!(await writeCheck(tx, domain, to)) || !isLost) return
  const principal = systemPrincipal('identity', organization)
  const caller = { principal, address: null, userAgent: null, requestId: null }
  const event = { type: 'domain.lost', outcome: 'success', resource: name } as const
  await tellIn(deps, tx, organization, caller, { ...event, details: { domain: name } })
}
