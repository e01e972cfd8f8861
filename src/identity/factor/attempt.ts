import { type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import type { Person } from '../person/person.ts'
import type { ProofMethod } from '../session/session.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import type { Proved } from './method.ts'

/** One attempt to prove something: counted before it is made, whatever it is for, so that guessing ends (row I4). */
export async function attempt(
  guard: SignInGuard,
  { person, caller }: { readonly person: Person; readonly caller: Caller },
  prove: () => Promise<Proved>,
): Promise<Result<ProofMethod>> {
  const problem: Problem | null = await guard.mayProve(person, caller)
  if (problem !== null) return refused(problem)
  const outcome = await prove()
  if (outcome.is === 'proved') await guard.proofSucceeded(person, caller)
  if (outcome.is === 'wrong') await guard.proofFailed(person, caller)
  return outcome.is === 'proved' ? done(outcome.method) : refused(outcome.problem)
}
