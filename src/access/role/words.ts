import type { OwnRole } from './role.ts'

/** What a role says, for its Event. */
export function wordsOf({ inherits, scopes, permissions }: Pick<OwnRole, 'inherits' | 'scopes' | 'permissions'>) {
  return { inherits: inherits.join(' '), scopes: scopes.join(' '), permissions: permissions.join(' ') }
}
