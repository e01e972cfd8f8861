export { type Address, contains, type Network, parseAddress, parseNetwork, wholeFamily } from './address.ts'
export {
  type Breaker,
  type BreakerBounds,
  type BreakerChange,
  closedBreaker,
  letsThrough,
  noteFault,
  noteSent,
  noteWell,
} from './breaker.ts'
export { actorOf, type Caller, organizationOf } from './caller.ts'
export { type Clock, systemClock } from './clock.ts'
export { allowed, type Decision, denied } from './decision.ts'
export type { Actor, Event, EventDefinition, EventDetail, EventInput, EventTable, Outcome } from './event.ts'
export { CONNECTION_HEADERS, type HeaderUse, headerFault } from './header-names.ts'
export { hostPatternFault } from './host-pattern.ts'
export { createId, type IdPrefix, idPattern, isId, timeOfId } from './ids.ts'
export { printable, toPointer } from './json/pointer.ts'
export { faultOfJson, readJson } from './json/read.ts'
export type { FoundFault, JsonBounds, JsonFault } from './json/rules.ts'
export {
  beginOf,
  behind,
  endOf,
  isEscaped,
  type JsonText,
  kindOf,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  said,
  says,
  stands,
} from './json/text.ts'
export { originPatternFault, originTest } from './origin-pattern.ts'
export type {
  Authentication,
  Authenticator,
  Carrier,
  Exchange,
  Finding,
  Grant,
  JointStep,
  Request,
  RouteIdentity,
  Stage,
  Step,
} from './pipeline.ts'
export {
  type Assurance,
  anonymous,
  type Credential,
  DEFAULT_ORGANIZATION,
  LEVELS,
  type Level,
  type Principal,
  systemPrincipal,
} from './principal.ts'
export {
  type FieldError,
  type Problem,
  type ProblemDefinition,
  type ProblemDocument,
  type ProblemExtras,
  type ProblemTable,
  problemsOf,
  problemType,
  toProblemDocument,
} from './problem.ts'
export { requestProblems } from './request-problems.ts'
export { isMetadataAddress, isPublicAddress } from './reserved.ts'
export { done, isRefused, type Refused, type Result, refused } from './result.ts'
export { createRetryBudget, type RetryBudget } from './retry-budget.ts'
export { Type } from './schema.ts'
export { Secret } from './secret.ts'
export { isWithin, readPattern, type TextPattern } from './text-pattern.ts'
export { VERSION } from './version.ts'
