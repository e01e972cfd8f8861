import { type Access, isPermission } from '../access/index.ts'
import { type FieldError, type Problem, parseNetwork, wholeFamily } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import { bitsOf, ENTROPY } from './format.ts'
import { scopeFaults } from './grants.ts'
import { ANY_ADDRESS, type Format, type Key } from './key.ts'
import { refuseKey } from './problems.ts'
import { domainFault } from './verify/domain.ts'
import { resourceFault } from './verify/resource.ts'

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
type Checked = Omit<KeyProperties, 'rotation' | 'expiresAt'> & { readonly expiresAt: number | null }
type Around = { readonly access: Pick<Access, 'scopeFault'> }
type Fault = (key: Checked, now: number, around: Around) => FieldError[]

/** Everything that a schema cannot say about the properties of a key. All faults are reported at once. */
const FAULTS: readonly Fault[] = [
  (key) => each('allowedIps', key.allowedIps, networkFault),
  (key) =>
    when(
      key.allowedIps.includes(ANY_ADDRESS) && key.allowedIps.length > 1,
      'allowedIps',
      '"any" stands alone: beside it no other address would mean anything',
    ),
  (key) => each('allowedIps', [key.allowedIps], unionFault),
  (key) => each('allowedDomains', key.allowedDomains, domainFault),
  (key) => each('resources', key.resources, resourceFault),
  (key) => each('permissions', key.permissions, permissionFault),
  (key, _now, { access }) => each('scopes', key.scopes, access.scopeFault),
  (key) => scopeFaults(key.scopes),
  (key) => each('scopes', repeated(key.scopes), (scope) => `"${scope}" is named twice`),
  (key) => each('tags', repeated(key.tags), (tag) => `"${tag}" is named twice`),
  (key) =>
    each('rateLimits', repeated(key.rateLimits.map(({ per }) => per)), (per) => `there are two limits for one ${per}`),
  (key, now) => when(key.expiresAt !== null && key.expiresAt <= now, 'expiresAt', 'must lie in the future'),
  (key) =>
    when(Buffer.byteLength(JSON.stringify(key.metadata)) > METADATA_BYTES, 'metadata', 'must be at most 4 KB as JSON'),
]

/**
 * The problem of a key's properties, or null when they are right.
 *
 * @param named the properties that somebody wrote now: what was stored before a rule existed is no reason to refuse
 *   another change
 */
export function propertiesProblem(
  around: Around,
  key: Checked,
  now: number,
  named: readonly string[] | null = null,
): Problem | null {
  const errors = FAULTS.flatMap((fault) => fault(key, now, around)).filter(
    ({ path }) => named === null || named.includes(path),
  )
  return errors.length === 0 ? null : refuseHttp('INPUT_INVALID', { errors })
}

/** A format under the floor of its environment is refused with the numbers (row K3). */
export function entropyProblem(key: {
  readonly format: Format
  readonly environment: Key['environment']
}): Problem | null {
  const bits = bitsOf(key.format, key.environment)
  const { least } = ENTROPY[key.environment]
  if (bits >= least) return null
  const detail = `The format "${key.format}" carries ${bits} random bits; "${key.environment}" keys need at least ${least}. Use the default format.`
  return refuseKey('KEY_ENTROPY_TOO_LOW', { detail, errors: [{ path: 'format', message: detail }] })
}

function each<T>(path: string, values: readonly T[], fault: (value: T) => string | null): FieldError[] {
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
  if (text === ANY_ADDRESS) return null
  const network = parseNetwork(text)
  if (typeof network === 'string') return network
  return network.bits === 0 ? `"${text}" allows every address; write "any" if that is meant` : null
}

// One that allows every address alone was named already.
function unionFault(texts: readonly string[]): string | null {
  const networks = texts.map((text) => parseNetwork(text)).filter((it) => typeof it !== 'string')
  const family = wholeFamily(networks.filter(({ bits }) => bits > 0))
  return family === null ? null : `together they allow every IPv${family} address; write "any" if that is meant`
}

function permissionFault(text: string): string | null {
  return isPermission(text) ? null : `"${text}" must look like resource:action, such as orders:read or orders:*`
}
