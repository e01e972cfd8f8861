import { type Becomes, nodeOf } from './field.ts'
import { section } from './fields.ts'
import { accessFields } from './sections/access.ts'
import { auditFields } from './sections/audit.ts'
import { databaseFields } from './sections/database.ts'
import { gatewayFields } from './sections/gateway.ts'
import type { routeField } from './sections/gateway-route.ts'
import type { upstreamField } from './sections/gateway-upstream.ts'
import { geoFields } from './sections/geo.ts'
import { guardFields } from './sections/guard.ts'
import { identityFields } from './sections/identity.ts'
import { keysFields } from './sections/keys.ts'
import { limitsFields } from './sections/limits.ts'
import { logFields } from './sections/log.ts'
import { masterFields } from './sections/master.ts'
import { noticesFields } from './sections/notices.ts'
import { oauthFields } from './sections/oauth.ts'
import { processFields } from './sections/process.ts'
import { redisFields } from './sections/redis.ts'
import { secretStoresFields } from './sections/secret-stores.ts'

/** The one schema. Types, defaults, checks, environment names, the editor's schema and the reference come from it. */
export const configField = section('Configuration of Sallyport.', {
  ...processFields,
  ...databaseFields,
  ...redisFields,
  ...limitsFields,
  ...masterFields,
  ...logFields,
  ...keysFields,
  ...identityFields,
  ...oauthFields,
  ...accessFields,
  ...auditFields,
  ...noticesFields,
  ...secretStoresFields,
  ...geoFields,
  ...guardFields,
  ...gatewayFields,
})

/** The schema as the reader walks it. */
export const configNode = nodeOf(configField)

/** What people write. */
export type ConfigInput = (typeof configField)['~unsafe']

/** What the rest of Sallyport gets: frozen, nothing absent, times in milliseconds, sizes in bytes, paths absolute. */
export type Config = Becomes<typeof configField>

export type Route = Becomes<typeof routeField>
export type Upstream = Becomes<typeof upstreamField>
export type Limit = Route['limits'][number]
