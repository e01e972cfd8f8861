import type { Exchange, Finding, Step } from '../../core/index.ts'
import { challengeOfScope, type Scheme } from './challenge.ts'

/**
 * A step that tells who came with a token how to get a better one, where it refuses for want of a scope (RFC 6750, section
 * 3.1; RFC 9728, section 5.1). Whoever came with something else is told as before.
 *
 * @param scopes all that the place needs, for a client to ask for
 */
export function withScopeChallenge(
  step: Step,
  { scopes, resourceMetadata }: { scopes: readonly string[]; resourceMetadata: string | null },
): Step {
  const tell = (finding: Finding, { principal, request }: Exchange): Finding => {
    if (finding?.is !== 'deny' || finding.problem.code !== 'SCOPE_MISSING') return finding
    if (principal.credential?.kind !== 'token') return finding
    const scheme: Scheme = /^dpop /i.test(request.header('authorization') ?? '') ? 'DPoP' : 'Bearer'
    const header = challengeOfScope(scheme, scopes, resourceMetadata)
    const headers = { ...finding.problem.headers, 'www-authenticate': header }
    return { is: 'deny', problem: { ...finding.problem, headers } }
  }
  return {
    ...step,
    apply: (exchange, dry) => {
      const finding = step.apply(exchange, dry)
      return finding instanceof Promise ? finding.then((late) => tell(late, exchange)) : tell(finding, exchange)
    },
  }
}
