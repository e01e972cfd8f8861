import { Resolver } from 'node:dns/promises'
import { type Domain, recordOf } from './domain.ts'

/** Whether the DNS proves a domain. `unknown`: it could not be asked, or could not say, which proves nothing either way. */
export type Proof = 'there' | 'missing' | 'unknown'

export type LookUp = (domain: Pick<Domain, 'domain' | 'token'>) => Promise<Proof>

const TIMEOUT_MS = 5_000
/** What a name without the record is answered with: no such name, or none of this kind. */
const SAYS_NO = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * Asks the DNS for the record of a domain, for five seconds at the most.
 *
 * @param servers addresses to ask, with or without a port; none for those of the machine
 */
export function createLookUp(servers: readonly string[]): LookUp {
  return async (domain) => {
    const { name, value } = recordOf(domain)
    // One for each look-up: what is given up is given up alone.
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
    if (servers.length > 0) resolver.setServers(servers)
    // Of several servers each may take its time.
    const timer = setTimeout(() => resolver.cancel(), TIMEOUT_MS)
    try {
      const records = await resolver.resolveTxt(name)
      return records.some((parts) => parts.join('').trim() === value) ? 'there' : 'missing'
    } catch (error) {
      return SAYS_NO.has((error as NodeJS.ErrnoException).code ?? '') ? 'missing' : 'unknown'
    } finally {
      clearTimeout(timer)
    }
  }
}
