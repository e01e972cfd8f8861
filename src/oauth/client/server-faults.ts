import type { FieldError } from '../../core/index.ts'
import { resourceFault } from './address-faults.ts'
import type { Algorithm } from './client.ts'
import type { SettingsChange } from './settings.ts'

/** What this server has for its clients. */
export type Served = {
  /** The APIs that tokens are made for, by their names (RFC 8707). */
  readonly resources: readonly string[]
  /** What its keys sign by. */
  readonly algorithms: readonly Algorithm[]
}

/** What is signed by keys of this server. Requests are signed by the client's own. */
const SIGNED_HERE = ['idTokenAlgorithm', 'userinfoAlgorithm', 'responseAlgorithm'] as const

/** FAPI 2.0 Security Profile, section 5.4.1: what may sign. RS256 may not. */
const STRONG: readonly string[] = ['PS256', 'ES256', 'EdDSA'] satisfies readonly Algorithm[]

/** Whether the FAPI 2.0 profile allows what stands in the header of a JWT. */
export function isStrong(algorithm: unknown): boolean {
  return typeof algorithm === 'string' && STRONG.includes(algorithm)
}

/**
 * What is said of a client that this server cannot do: make tokens for an API that it does not know, sign by an algorithm
 * that it has no key for, or as FAPI 2.0 wants it. What was said before counts no more: the configuration may have changed since.
 */
export function serverFaults(served: Served, said: SettingsChange): FieldError[] {
  return [
    ...resourceFaults(served, said.resources ?? []),
    ...algorithmFaults(served, said),
    ...(said.fapi2 === true ? signingFaults(served) : []),
  ]
}

/** What a client wants to be signed for it by an algorithm that nothing here signs with. */
export function algorithmFaults(
  { algorithms }: Pick<Served, 'algorithms'>,
  said: Pick<SettingsChange, (typeof SIGNED_HERE)[number]>,
): FieldError[] {
  return SIGNED_HERE.flatMap((path) => {
    const algorithm = said[path]
    if (algorithm === undefined || algorithm === null || algorithms.includes(algorithm)) return []
    const message = `no key here signs by ${algorithm}: ask for ${algorithms.join(' or ')}, or add it to oauth.signingKeys.algorithms`
    return [{ path, message }]
  })
}

function resourceFaults(served: Served, names: readonly string[]): FieldError[] {
  return names.flatMap((name, i) => {
    if (resourceFault(name) !== null || served.resources.includes(name)) return []
    const message = 'is no API that tokens are made for here: add it to oauth.resources first'
    return [{ path: `resources.${i}`, message }]
  })
}

function signingFaults({ algorithms }: Served): FieldError[] {
  if (algorithms.some(isStrong)) return []
  const message = 'needs a key that signs by ES256, PS256 or EdDSA: add one of them to oauth.signingKeys.algorithms'
  return [{ path: 'fapi2', message }]
}
