import { randomBytes } from 'node:crypto'
import {
  type Address,
  type EventInput,
  type Exchange,
  type Finding,
  type Principal,
  type Problem,
  parseAddress,
  type Secret,
  type Step,
} from '../../core/index.ts'
import type { RuledBody } from '../body-rule.ts'
import type { SafeFetch } from '../safe-fetch.ts'
import { type CheckCounts, type Once, onceOf } from './count.ts'
import { createFlow, type Flow, principalKey } from './flow.ts'
import { createHistory, type History } from './history.ts'
import { createMemory, type Memory } from './memory.ts'
import { createSeal, type Seal } from './seal.ts'
import type { FlowSettings } from './settings.ts'
import { type Asked, answerVerification, type FlowAnswer } from './verification.ts'

export type FlowsDeps = {
  readonly now: () => number
  /** 32 random bytes that all processes share; asked for when they are first needed. */
  readonly key: () => Promise<Secret<Buffer>>
  /** What counts velocities. */
  readonly check: CheckCounts
  /** What counts what may be used once; it is asked under names that no stranger can make many of. */
  readonly checkOnce: CheckCounts
  /** What an address is counted by. */
  readonly addressKey: (address: Address) => string
  readonly countryOf: (address: string) => string | null
  /** When the account of somebody was made, in milliseconds; null where that is not known. */
  readonly createdAt: (principal: Principal) => number | null
  /** The way out to those who verify captchas. */
  readonly safeFetch: SafeFetch
  /** The secret of a route's captcha. */
  readonly secretOf: (settings: FlowSettings) => Promise<Secret>
  readonly record: (event: EventInput) => void
}

/** What all flows stand on. */
export type FlowGround = Omit<FlowsDeps, 'key' | 'checkOnce'> & {
  readonly seal: () => Promise<Seal>
  readonly once: Once
  readonly memory: Memory
  readonly histories: { readonly principals: History; readonly addresses: History }
  readonly newName: () => string
  /** What the addresses of challenges begin with. */
  readonly prefix: string
}

/** What is asked of a body when everybody else let it go on. */
export type LastRule = {
  readonly name: string
  readonly judge: (exchange: Exchange, body: RuledBody) => Promise<Problem | null>
}

/** Flows of the business (row G16). What they remember outlasts a configuration. */
export type Flows = {
  /** Takes the flows of one configuration. */
  readonly load: () => LoadedFlows
  /** Hears of requests that are over: refusals count against who was refused. */
  readonly noticed: (event: EventInput) => void
}

export type LoadedFlows = {
  /**
   * What a route asks. The step judges; where others judge the body, the rule does when they are through: what is refused for
   * another reason is counted nowhere.
   *
   * @throws Error for an object or a network that could not be found as it reads
   */
  readonly of: (
    route: { readonly id: string; readonly path: string },
    settings: FlowSettings,
    hasRules: boolean,
  ) => { readonly step: Step; readonly last: LastRule | null }
  /** Answers what is asked under {@link VERIFY_PREFIX}. */
  readonly answer: (asked: Asked) => Promise<FlowAnswer>
}

/** Where challenges are told, solved, and shown to people. No route may be there. */
export const VERIFY_PREFIX = '/.sallyport/verify/'

const CAPACITY = 50_000

/** Makes the flows of a process. */
export function createFlows({ key, checkOnce, ...deps }: FlowsDeps): Flows {
  const ground: FlowGround = Object.freeze({
    ...deps,
    seal: remembered(async () => createSeal((await key()).reveal())),
    once: onceOf(checkOnce),
    memory: createMemory(CAPACITY),
    histories: { principals: createHistory(CAPACITY, deps.now), addresses: createHistory(CAPACITY, deps.now) },
    newName: () => randomBytes(12).toString('base64url'),
    prefix: VERIFY_PREFIX,
  })
  return Object.freeze({ load: () => loadFlows(ground), noticed: (event: EventInput) => notice(event, ground) })
}

function loadFlows(ground: FlowGround): LoadedFlows {
  const flows = new Map<string, Flow>()
  return Object.freeze({
    of: (route, settings, hasRules) => {
      const flow = createFlow(route, settings, ground)
      flows.set(route.id, flow)
      const inBody = settings.object?.from === 'body'
      const takesBody = inBody || hasRules
      return { step: stepOf(flow, takesBody, inBody), last: takesBody ? lastOf(flow) : null }
    },
    answer: (asked) => answerVerification(asked, flows, ground),
  } satisfies LoadedFlows)
}

function stepOf(flow: Flow, takesBody: boolean, inBody: boolean): Step {
  const { action, risk } = flow.settings
  return Object.freeze({
    name: `flow ${action} up to risk ${(risk.threshold / 100).toFixed(2)}`,
    stage: 'input' as const,
    apply: (exchange: Exchange, dry: boolean) => {
      // What the body names cannot be told without it.
      if (inBody || (takesBody && !dry)) return undefined
      return flow
        .judge(exchange, null, dry)
        .then((problem): Finding => (problem === null ? undefined : { is: 'deny', problem }))
    },
    tell: flow.tell,
  } satisfies Step)
}

function lastOf(flow: Flow): LastRule {
  const judge = (exchange: Exchange, body: RuledBody) => flow.judge(exchange, body, false)
  return Object.freeze({ name: `flow ${flow.settings.action}`, judge })
}

// What could not be read once may be read the next time.
function remembered<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null
      throw error
    })
    return made
  }
}

// An object that was looked for in vain, and what somebody may not do: not what was only written wrong.
const TELLING = new Set([401, 403, 429])

function notice(event: EventInput, { histories, addressKey }: FlowGround): void {
  const { type, status, code, principal, principalKind, address, details } = event
  if (type !== 'request.denied' || !(TELLING.has(status ?? 0) || code === 'OBJECT_NOT_FOUND')) return
  const from = address == null ? null : parseAddress(address)
  if (from !== null) histories.addresses.note(addressKey(from))
  // Whoever shows a bad credential of somebody need not be them.
  if (details?.stage === 'who' || principal == null || principalKind == null || principalKind === 'anonymous') return
  histories.principals.note(principalKey({ kind: principalKind as Principal['kind'], id: principal }))
}
