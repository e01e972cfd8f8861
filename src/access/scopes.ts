/** RFC 6749, section 3.3: scope-token, and no longer than a header likes. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

/** Whether a text has the form of a scope. */
export function isScope(text: string): boolean {
  return SCOPE.test(text)
}

/** The scopes that are there from the start. */
export const BUILT_IN_SCOPES = {
  read: 'Read.',
  write: 'Create and change.',
  delete: 'Remove. Goes with `write`.',
  admin: 'Administer. Goes with nothing else.',
  '*': 'Every scope. Given only by who holds `*` or may `keys:grant-any`.',
} as const satisfies Readonly<Record<string, string>>

/**
 * What is wrong with scopes together (row K10): `admin` stands alone, so that no everyday key administers by the way, and
 * who may delete can write.
 *
 * @returns a sentence for each fault
 */
export function combinationFaults(scopes: readonly string[]): string[] {
  const has = (scope: string) => scopes.includes(scope)
  const faults: string[] = []
  if (has('admin') && scopes.length > 1) {
    faults.push('"admin" stands alone; make a key of its own for everything else')
  }
  if (has('delete') && !has('write') && !has('*')) faults.push('"delete" needs "write" beside it')
  return faults
}
