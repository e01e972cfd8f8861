export type { FetchLike } from './as-fetch.ts'
export { guardEvents } from './events.ts'
export type { Resolve } from './lookup.ts'
export { guardProblems, type OutboundCode } from './problems.ts'
export {
  createSafeFetch,
  type Outbound,
  type OutboundDeps,
  type OutboundOptions,
  type SafeFetch,
} from './safe-fetch.ts'
export type { OutboundAnswer } from './send.ts'
export type { OutboundSettings } from './settings.ts'
