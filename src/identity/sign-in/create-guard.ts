import type { IdentityDeps } from '../deps.ts'
import { emailKeyOf } from '../person/person.ts'
import type { SignInGuard } from './guard.ts'
import { AUTH_RULES, charge } from './limits.ts'

/** What stands around every sign-in. */
export function createGuard({ limits }: IdentityDeps): SignInGuard {
  return Object.freeze({
    mayTry: ({ email }) => charge(limits, [{ rule: AUTH_RULES.signInByAccount, key: emailKeyOf(email) }]),
    failed: async () => undefined,
    succeeded: async () => undefined,
    mayProve: (person) => charge(limits, [{ rule: AUTH_RULES.factorByPerson, key: person.id }]),
    proofFailed: async () => undefined,
    proofSucceeded: async () => undefined,
    wanted: async () => 'aal1',
  } satisfies SignInGuard)
}
