import type { Route } from '../../config/index.ts'
import type { Authenticator } from '../../core/index.ts'
import type { RouteRules } from '../../gateway/index.ts'
import { type Keys, signedBodyProblem } from '../../keys/index.ts'

/** How the authenticator of a route's signatures is called: what is asked of them is the route's own. */
export const signaturesOf = (route: string) => `signatures of ${route}`

/** One authenticator for each route that takes signatures. */
export function signatureAuthenticators(routes: readonly Route[], { signed }: Keys): Record<string, Authenticator> {
  const taking = routes.filter(({ authenticate }) => authenticate.includes('signature'))
  return Object.fromEntries(taking.map(({ id, signatures }) => [signaturesOf(id), signed.authenticator(signatures)]))
}

/** Holds the body of a signed request to its digest, before anybody else sees it. */
export function holdSignedBodies({ id, authenticate }: Route, rules: RouteRules): RouteRules {
  if (!(authenticate as readonly string[]).includes(signaturesOf(id))) return rules
  return { ...rules, body: [SIGNED_BODY, ...rules.body] }
}

const SIGNED_BODY: RouteRules['body'][number] = Object.freeze({
  name: 'signed body',
  judge: (exchange, { bytes }) => {
    const problem = signedBodyProblem(exchange, bytes)
    return problem === null ? { is: 'body', bytes } : { is: 'deny', problem }
  },
})
