import { accessProblems, policyProblems, relationProblems } from '../access/index.ts'
import type { ProblemTable } from '../core/index.ts'
import { gatewayProblems } from '../gateway/index.ts'
import {
  answerProblems,
  clientProblems,
  corsProblems,
  flowProblems,
  graphqlProblems,
  guardProblems,
  openapiProblems,
  shapeProblems,
} from '../guard/index.ts'
import { httpProblems } from '../http/index.ts'
import { identityProblems } from '../identity/index.ts'
import { keyProblems } from '../keys/index.ts'
import { limitProblems } from '../limits/index.ts'
import { middlewareProblems } from '../middleware/index.ts'
import { noticeProblems } from '../notices/index.ts'
import { oauthProblems } from '../oauth/index.ts'
import { rolloutProblems } from '../rollout/index.ts'
import { tokenProblems } from '../tokens/index.ts'

/** Every problem that anything of ours can answer, by code. The documentation is made from it. */
export const allProblems: ProblemTable = Object.freeze({
  ...httpProblems,
  ...accessProblems,
  ...policyProblems,
  ...relationProblems,
  ...limitProblems,
  ...guardProblems,
  ...clientProblems,
  ...shapeProblems,
  ...openapiProblems,
  ...graphqlProblems,
  ...corsProblems,
  ...flowProblems,
  ...answerProblems,
  ...keyProblems,
  ...identityProblems,
  ...noticeProblems,
  ...oauthProblems,
  ...tokenProblems,
  ...gatewayProblems,
  ...rolloutProblems,
  ...middlewareProblems,
})
