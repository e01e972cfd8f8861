export { type Answerable, answer, noContent, sendProblem } from './answer.ts'
export {
  type CallerSource,
  type ControlApp,
  declareAcross,
  declareCaller,
  declareDecider,
  declareRuled,
  type RoutePermission,
  type RouteRows,
} from './caller.ts'
export { checkVersion, versionTag } from './etag.ts'
export { examplesOf, withExample } from './example.ts'
export { answerRepeat, fingerprintOf, type Idempotency, idempotencyHeaders, idempotencyOf } from './idempotency.ts'
export { optionalBody } from './optional-body.ts'
export { type Page, pageOf, pageQuery, readPage, readSearch } from './page.ts'
export { httpProblems, refuseHttp } from './problems.ts'
export { Nullable, ProblemBody, Prose, problemResponses, streamOf, Text, Time } from './schemas.ts'
export { keepStreams } from './streams.ts'
