import { isPermission, missingPermissions, missingScopes } from '../access/index.ts'
import { type Caller, type FieldError, type Problem, parseNetwork } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import { domainFault } from './domain.ts'
import { bitsOf, ENTROPY } from './format.ts'
import { type Key, latestExpiry } from './key.ts'
import { refuseKey } from './problems.ts'
import { resourceFault } from './resource.ts'

/** What somebody may say about a key, at its creation and in a change. */
export type KeyProperties = Pick<
  Key,
  | 'name'
  | 'description'
  | 'classification'
  | 'scopes'
  | 'permissions'
  | 'resources'
  | 'allowedIps'
  | 'allowedDomains'
  | 'expiresAt'
  | 'usageLimit'
  | 'rateLimits'
  | 'concurrency'
  | 'maxBody'
  | 'requireMfa'
  | 'metadata'
  | 'tags'
  | 'rotation'
>

const METADATA_BYTES = 4096

/** What is checked here; a schedule is checked by `rotation/check-schedule.ts`, which knows the secret stores. */
type Checked = Omit<KeyProperties, 'rotation'>
type Fault = (key: Checked, now: number) => FieldError[]

/** Everything that a schema cannot say about the properties of a key. All faults are reported at once. */
const FAULTS: readonly Fault[] = [
  (key) => each('allowedIps', key.allowedIps, networkFault),
  (key) => each('allowedDomains', key.allowedDomains, domainFault),
  (key) => each('resources', key.resources, resourceFault),
  (key) => each('permissions', key.permissions, permissionFault),
  (key) => each('scopes', repeated(key.scopes), (scope) => `"${scope}" is named twice`),
  (key) => each('tags', repeated(key.tags), (tag) => `"${tag}" is named twice`),
  (key, now) => when(key.expiresAt <= now, 'expiresAt', 'must lie in the future'),
  (key, now) => when(key.expiresAt > latestExpiry(now), 'expiresAt', 'must lie within 365 days'),
  (key) =>
    when(Buffer.byteLength(JSON.stringify(key.metadata)) > METADATA_BYTES, 'metadata', 'must be at most 4 KB as JSON'),
]

/** The problem of a key's properties, or null when they are right. */
export function propertiesProblem(key: Checked, now: number): Problem | null {
  const errors = FAULTS.flatMap((fault) => fault(key, now))
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors })
}

/** A format under the floor of its environment is refused with the numbers (row K3). */
export function entropyProblem(key: Pick<Key, 'format' | 'environment'>): Problem | null {
  const bits = bitsOf(key.format, key.environment)
  const { least } = ENTROPY[key.environment]
  if (bits >= least) return null
  const detail = `The format "${key.format}" carries ${bits} random bits; "${key.environment}" keys need at least ${least}. Use the default format.`
  return refuseKey('KEY_ENTROPY_TOO_LOW', { detail, errors: [{ path: 'format', message: detail }] })
}

/** A key never holds more than its maker (row K9). */
export function grantProblem(key: Pick<Key, 'scopes' | 'permissions'>, caller: Caller): Problem | null {
  const { principal } = caller
  const scopes = missingScopes(holdsEverything(caller) ? ['*'] : principal.scopes, key.scopes)
  const permissions = missingPermissions(principal.permissions, key.permissions)
  if (scopes.length === 0 && permissions.length === 0) return null
  const errors = [
    ...each('scopes', scopes, (scope) => `you do not hold "${scope}"`),
    ...each('permissions', permissions, (permission) => `you do not hold "${permission}"`),
  ]
  return refuseKey('GRANT_EXCEEDED', { errors })
}

function holdsEverything(caller: Caller): boolean {
  return caller.principal.permissions.includes('*')
}

function each(path: string, values: readonly string[], fault: (value: string) => string | null): FieldError[] {
  return values.flatMap((value) => {
    const message = fault(value)
    return message === null ? [] : [{ path, message }]
  })
}

function when(wrong: boolean, path: string, message: string): FieldError[] {
  return wrong ? [{ path, message }] : []
}

function repeated(values: readonly string[]): string[] {
  return values.filter((value, i) => values.indexOf(value) !== i)
}

function networkFault(text: string): string | null {
  const network = parseNetwork(text)
  if (typeof network === 'string') return network
  return network.bits === 0 ? `"${text}" allows every address; leave allowedIps empty instead` : null
}

function permissionFault(text: string): string | null {
  return isPermission(text) ? null : `"${text}" must look like resource:action, such as orders:read or orders:*`
}
