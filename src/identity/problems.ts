import { problemsOf } from '../core/index.ts'
import { personProblems } from './person/problems.ts'
import { sessionProblems } from './session/problems.ts'
import { signInProblems } from './sign-in/problems.ts'

export const identityProblems = { ...personProblems, ...signInProblems, ...sessionProblems } as const

export const refuseIdentity = problemsOf(identityProblems)
