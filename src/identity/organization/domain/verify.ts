import { type Caller, done, type Problem, type Result, refused } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import { chargeOr, ORGANIZATION_RULES } from '../limits.ts'
import { reach } from '../reach.ts'
import { holdNames } from '../store.ts'
import { tellIn } from '../tell.ts'
import { type Domain, recordOf } from './domain.ts'
import type { LookUp, Proof } from './look-up.ts'
import { findDomain, findVerified, markProved } from './store.ts'

/** Has the DNS prove a domain; see `Domains.verify`. */
export function createVerifyDomain(deps: IdentityDeps, lookUp: LookUp) {
  const { store, limits } = deps

  return async (organization: string, name: string, caller: Caller): Promise<Result<Domain>> => {
    const db = tablesOf(store)
    const found = await reach(db, organization, caller)
    if (!found.ok) return found
    const domain = await findDomain(db, organization, name)
    if (domain === null) return refused(refuseIdentity('DOMAIN_UNKNOWN'))
    const asks = [{ rule: ORGANIZATION_RULES.lookUpsByOrganization, key: organization }]
    const limited = await chargeOr('DOMAINS_LIMITED', limits, asks)
    if (limited !== null) return refused(limited)
    const problem = proofProblem(await lookUp(domain), domain)
    if (problem !== null) return refused(problem)
    return store.write((tx) => verifyWithin(deps, tx, domain, caller))
  }
}

function proofProblem(proof: Proof, domain: Domain): Problem | null {
  if (proof === 'there') return null
  if (proof === 'unknown') return refuseIdentity('DNS_UNAVAILABLE', { retryAfter: 30 })
  const { name } = recordOf(domain)
  return refuseIdentity('DOMAIN_UNPROVEN', {
    errors: [{ path: 'domain', message: `there is no such TXT record at ${name}` }],
  })
}

async function verifyWithin(
  deps: IdentityDeps,
  tx: Transaction,
  domain: Domain,
  caller: Caller,
): Promise<Result<Domain>> {
  // Of two who prove it at once the second sees the first.
  await holdNames(tx)
  const owner = await findVerified(tablesOf(tx), domain.domain)
  if (owner !== null && owner.organization !== domain.organization) return refused(refuseIdentity('DOMAIN_TAKEN'))
  const proved = await markProved(tx, domain, deps.clock.now())
  if (proved === null) return refused(refuseIdentity('DOMAIN_UNKNOWN'))
  if (owner === null) {
    const event = { type: 'domain.verified', outcome: 'success', resource: domain.domain } as const
    await tellIn(deps, tx, domain.organization, caller, { ...event, details: { domain: domain.domain } })
  }
  return done(proved)
}
