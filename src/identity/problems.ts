import { problemsOf } from '../core/index.ts'
import { deviceProblems } from './device/problems.ts'
import { factorProblems } from './factor/problems.ts'
import { organizationProblems } from './organization/problems.ts'
import { passkeyProblems } from './passkey/problems.ts'
import { personProblems } from './person/problems.ts'
import { recoveryProblems } from './recovery/problems.ts'
import { sessionProblems } from './session/problems.ts'
import { signInProblems } from './sign-in/problems.ts'

export const identityProblems = {
  ...personProblems,
  ...recoveryProblems,
  ...deviceProblems,
  ...organizationProblems,
  ...signInProblems,
  ...passkeyProblems,
  ...sessionProblems,
  ...factorProblems,
} as const

export const refuseIdentity = problemsOf(identityProblems)
