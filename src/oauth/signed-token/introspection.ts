import type { TokenClaims } from '../../tokens/index.ts'

/** Claims that the answer has under a name of its own, or leaves out. */
const NAMED: ReadonlySet<string> = new Set(['gid', 'active', 'token_type'])

/**
 * What is told of a signed token that is good (RFC 7662, section 2.2): all that it says, which whoever asks holds in their
 * hands already, but for the mark of its grant.
 */
export function introspectionOf({ all, confirmation }: TokenClaims): Readonly<Record<string, unknown>> {
  const said = Object.entries(all).filter(([name]) => !NAMED.has(name))
  return {
    ...Object.fromEntries(said),
    active: true,
    token_type: (confirmation?.key ?? null) === null ? 'Bearer' : 'DPoP',
  }
}
