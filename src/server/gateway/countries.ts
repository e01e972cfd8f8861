import type { Audit } from '../../audit/index.ts'
import type { EventInput } from '../../core/index.ts'
import type { Geo } from '../../geo/index.ts'

/** The same record, in which every event that tells an address tells its country too (row U1). */
export function withCountries(audit: Audit, geo: Geo): Audit {
  if (!geo.known) return audit
  const placed = (event: EventInput): EventInput =>
    event.address == null || event.country != null ? event : { ...event, country: geo.countryOf(event.address) }
  return Object.freeze({
    ...audit,
    append: (tx: Parameters<Audit['append']>[0], event: EventInput) => audit.append(tx, placed(event)),
    record: (event: EventInput) => audit.record(placed(event)),
    commit: (event: EventInput) => audit.commit(placed(event)),
  })
}
