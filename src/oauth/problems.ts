import { bearerProblems } from './bearer/problems.ts'
import { clientProblems } from './client/problems.ts'
import { consentProblems } from './consent/problems.ts'
import { directProblems } from './direct/problems.ts'
import { flowProblems } from './flow/problems.ts'
import { registrationProblems } from './registration/problems.ts'
import { signingKeyProblems } from './signing-key/problems.ts'

/** Every problem of this module. */
export const oauthProblems = {
  ...bearerProblems,
  ...signingKeyProblems,
  ...clientProblems,
  ...consentProblems,
  ...directProblems,
  ...flowProblems,
  ...registrationProblems,
} as const
