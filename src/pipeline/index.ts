export { addEnvelope, type Envelope, problemAnswer, writeProblem } from './answer.ts'
export { LONGEST_TARGET, MOST_HEADER_BYTES } from './bounds.ts'
export { bodyBound, type Case, type Guard, openCase, releaseGrant } from './case.ts'
export { findClient, type Peer, peerOf, readNetworks } from './client-address.ts'
export { requestEvents } from './events.ts'
export { byStage, challengeOf } from './guard.ts'
export { CARRIER, misleads } from './header-rules.ts'
export {
  applyStep,
  bodyTooLarge,
  createJudge,
  DECIDING,
  type Judgement,
  nobodyKnown,
  type Stages,
  type Verdict,
} from './judge.ts'
export { withoutOwnCookies } from './own-cookies.ts'
export { encodePath } from './path.ts'
export { pipelineProblems, refuseRequest } from './problems.ts'
export { ALLOWED, type Ending, endingOf, factsOf, toEvent, typeOf, writablePath } from './record.ts'
export {
  arrivalOf,
  hasBody,
  hasSmallBody,
  type Inbound,
  isPassedOn,
  type ReadContext,
  readHost,
  readRequest,
} from './request.ts'
