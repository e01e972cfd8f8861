import type { Access } from '../../access/index.ts'
import type { Caller, FieldError, Problem } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { exceededProblem, grantsProblem, NOTHING_GRANTED } from '../person/grants.ts'
import { assuranceOf, type Proof, type ProofMethod, reaches } from '../session/session.ts'
import type { IdentitySettings } from '../settings.ts'
import type { Policy, SignInMethod } from './organization.ts'

/** What somebody wants a policy to be; what is left out stays. */
export type PolicyWish = Partial<Omit<Policy, 'sessions'>> & { readonly sessions?: Partial<Policy['sessions']> }

/** The policy once a wish is taken into it. */
export function policyAfter(policy: Policy, { sessions, ...wish }: PolicyWish): Policy {
  return { ...policy, ...wish, sessions: { ...policy.sessions, ...sessions } }
}

type Deps = { readonly access: Access; readonly settings: Pick<IdentitySettings, 'sessions'> }

/**
 * Why a policy cannot become this one; null when it can. Roles that new members get are a grant: nobody gives away more
 * than they hold.
 */
export function policyProblem(
  deps: Deps,
  organization: string,
  [before, after]: readonly [before: Policy | null, after: Policy],
  caller: Caller,
): Problem | null {
  const was = { ...NOTHING_GRANTED, roles: before?.defaultRoles ?? [] }
  const is = { ...NOTHING_GRANTED, roles: after.defaultRoles }
  const errors = timeErrors(deps.settings, before, after)
  if (errors.length > 0) return refuseHttp('INPUT_INVALID', { errors })
  if (after.defaultRoles.join() === was.roles.join()) return null
  const unknown = grantsProblem(deps, organization, is)
  return unknown === null ? exceededProblem(deps, organization, [was, is], caller) : inPolicy(unknown)
}

function inPolicy(problem: Problem): Problem {
  const errors = (problem.errors ?? []).map(({ message }) => ({ path: 'policy.defaultRoles', message }))
  return refuseHttp('INPUT_INVALID', { errors })
}

const TIMES = [
  { name: 'absolute', path: 'policy.sessions.absoluteSeconds', unit: 1000 },
  { name: 'idle', path: 'policy.sessions.idleSeconds', unit: 1000 },
  { name: 'most', path: 'policy.sessions.most', unit: 1 },
] as const

// What is as it was is not asked again: the configuration may have become stricter since, and then it counts anyway.
function timeErrors({ sessions }: Deps['settings'], before: Policy | null, after: Policy): FieldError[] {
  return TIMES.flatMap(({ name, path, unit }) => {
    const wanted = after.sessions[name]
    if (wanted === null || wanted === before?.sessions[name] || wanted <= sessions[name]) return []
    return [{ path, message: `must be no more than the configuration says: ${sessions[name] / unit}` }]
  })
}

const WAYS: Readonly<Record<ProofMethod, SignInMethod | null>> = {
  password: 'password',
  magic_link: 'magic_link',
  passkey: 'passkey',
  device_passkey: 'passkey',
  security_key: 'passkey',
  email: null,
  sms: null,
  totp: null,
  backup_code: null,
}

/** Whether something that somebody proved is a way to sign in that a policy allows. */
export function allowsWay({ methods }: Policy, proofs: readonly Proof[]): boolean {
  return proofs.some(({ method }) => {
    const way = WAYS[method]
    return way !== null && methods.includes(way)
  })
}

/** Why a session that is there does not go on under a policy that became stricter; null when it does. */
export function unfitUnder(before: Policy, after: Policy, proofs: readonly Proof[]): string | null {
  if (!allowsWay(after, proofs)) return 'the organization does not allow this way to sign in any more'
  const demanded = after.requireMfa && !before.requireMfa
  return demanded && !reaches(assuranceOf(proofs).acr, 'aal2') ? 'the organization demands a second factor now' : null
}

/** Whether one of two policies can end a session that the other let in. */
export function isStricter(before: Policy, after: Policy): boolean {
  const narrowed = before.methods.some((method) => !after.methods.includes(method))
  return narrowed || (after.requireMfa && !before.requireMfa)
}
