import { randomBytes } from 'node:crypto'
import { type Caller, done, type Problem, type Result, refused } from '../../../core/index.ts'
import { refuseHttp } from '../../../http/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { refuseIdentity } from '../../problems.ts'
import { freshProblem } from '../../session/step-up.ts'
import { tablesOf } from '../../tables.ts'
import { isInReach, reach } from '../reach.ts'
import { holdOrganization } from '../store.ts'
import { tellIn } from '../tell.ts'
import { type Domain, readDomain } from './domain.ts'
import { createLookUp } from './look-up.ts'
import { startDomainChecks } from './recheck.ts'
import { deleteDomain, domainsOf, insertDomain } from './store.ts'
import { createVerifyDomain } from './verify.ts'

/** The domains of an organization's mail addresses, proved by the DNS. */
export type Domains = {
  /**
   * Claims a domain; the record that proves it is in the answer. Errors: `ORGANIZATION_UNKNOWN`, `INPUT_INVALID`,
   * `DOMAIN_KNOWN`, `DOMAINS_FULL`, `STEP_UP_REQUIRED`.
   */
  readonly add: (organization: string, domain: string, caller: Caller) => Promise<Result<Domain>>
  /**
   * Asks the DNS. Of two organizations that prove one domain the first has it. Errors: `ORGANIZATION_UNKNOWN`,
   * `DOMAIN_UNKNOWN`, `DOMAINS_LIMITED`, `DNS_UNAVAILABLE`, `DOMAIN_UNPROVEN`, `DOMAIN_TAKEN`.
   */
  readonly verify: (organization: string, domain: string, caller: Caller) => Promise<Result<Domain>>
  /** All of them, by name. Errors: `ORGANIZATION_UNKNOWN`. */
  readonly list: (organization: string, caller: Caller) => Promise<Result<Domain[]>>
  /** Errors: `ORGANIZATION_UNKNOWN`, `DOMAIN_UNKNOWN`, `STEP_UP_REQUIRED`. */
  readonly delete: (organization: string, domain: string, caller: Caller) => Promise<Result<null>>
  /** Looks up at once those that are due. @returns whether this process did */
  readonly checkDue: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

const MOST_DOMAINS = 50

export function createDomains(deps: IdentityDeps): Domains {
  const { store, clock, settings } = deps
  const lookUp = createLookUp(settings.dnsServers)
  const checks = startDomainChecks(deps, lookUp)

  const add: Domains['add'] = async (organization, typed, caller) => {
    if (!isInReach(organization, caller)) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
    const read = readDomain(typed)
    if (read.is === 'refused') return refused(invalid(read.why))
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    const { domain } = read
    const token = randomBytes(32).toString('base64url')
    const stamp = { createdAt: clock.now(), verifiedAt: null, checkedAt: null, misses: 0 }
    const claimed: Domain = { organization, domain, token, ...stamp }
    return store.write(async (tx) => {
      if ((await holdOrganization(tx, organization)) === null) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
      const there = await domainsOf(tablesOf(tx), organization)
      if (there.some((it) => it.domain === domain)) return refused(refuseIdentity('DOMAIN_KNOWN'))
      if (there.length >= MOST_DOMAINS) return refused(refuseIdentity('DOMAINS_FULL'))
      await insertDomain(tx, claimed)
      const event = { type: 'domain.added', outcome: 'success', resource: domain } as const
      await tellIn(deps, tx, organization, caller, { ...event, details: { domain } })
      return done(claimed)
    })
  }

  const list: Domains['list'] = async (organization, caller) => {
    const db = tablesOf(store)
    const found = await reach(db, organization, caller)
    return found.ok ? done(await domainsOf(db, organization)) : found
  }

  const remove: Domains['delete'] = async (organization, domain, caller) => {
    const found = await reach(tablesOf(store), organization, caller)
    const stale = found.ok ? await freshProblem(deps, caller) : found.problem
    if (stale !== null) return refused(stale)
    return store.write(async (tx) => {
      if (!(await deleteDomain(tx, organization, domain))) return refused(refuseIdentity('DOMAIN_UNKNOWN'))
      const event = { type: 'domain.deleted', outcome: 'success', resource: domain } as const
      await tellIn(deps, tx, organization, caller, { ...event, details: { domain } })
      return done(null)
    })
  }

  const verify = createVerifyDomain(deps, lookUp)
  return Object.freeze({ add, verify, list, delete: remove, checkDue: checks.run, stop: checks.stop })
}

function invalid(message: string): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'domain', message }] })
}
