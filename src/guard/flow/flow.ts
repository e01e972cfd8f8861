import {
  type Address,
  contains,
  type Exchange,
  type Network,
  type Principal,
  type Problem,
  parseNetwork,
} from '../../core/index.ts'
import type { RuledBody } from '../body-rule.ts'
import { type Once, type Subject, velocityCounter } from './count.ts'
import { fingerprintOf } from './device.ts'
import { assessedEvent } from './events.ts'
import type { FlowGround } from './flows.ts'
import { objectReader, type ReadObject } from './object.ts'
import { shownPass } from './pass.ts'
import { refuseFlow } from './problems.ts'
import { MOST_BITS } from './proof-of-work.ts'
import { explained, type Risk, riskOf } from './score.ts'
import type { FlowSettings } from './settings.ts'
import type { Circumstances } from './signals.ts'

/** One flow on one route, made when the route is loaded. */
export type Flow = {
  readonly route: string
  readonly settings: FlowSettings
  /** Why a request does not go on, or null. What is refused is charged to none. */
  readonly judge: (exchange: Exchange, body: RuledBody | null, dry: boolean) => Promise<Problem | null>
  /** What is known of a request, in words, for `explain`. */
  readonly tell: (exchange: Exchange) => Promise<string>
}

/** A challenge, as it lies sealed in its address. */
export type Challenge = {
  /** Its name: what is used once. */
  readonly id: string
  readonly route: string
  /** Whom it was given to. */
  readonly who: string
  /** Route, action, object and whom it was given to. */
  readonly bound: string
  readonly until: number
  readonly bits: number
}

/** A pass, as it lies sealed with whoever got it. */
export type Pass = Pick<Challenge, 'id' | 'bound' | 'until'>

/** Who does it with what: put together once for each request. */
type Case = {
  readonly exchange: Exchange
  readonly subject: Subject
  readonly object: string | null
  readonly fingerprint: string | null
  readonly country: string | null
}

/** Milliseconds for which it is kept that something was used: longer than any challenge or pass is good for. */
export const LONGEST = 7_200_000

/** Verifications of one subject and action that make the next one harder, and how long each counts. */
export const FRICTION = Object.freeze({ max: 8, per: 3_600_000 })

/**
 * Makes a flow: velocity, risk, and the way through by a verification.
 *
 * Errors: `VERIFICATION_REQUIRED` with `X-Verify-URL`, `FLOW_OBJECT_UNNAMED`, `FLOW_UNCOUNTED`.
 *
 * @param path the route's path
 * @throws Error for an object or a network that could not be found as it reads
 */
export function createFlow(route: { id: string; path: string }, settings: FlowSettings, ground: FlowGround): Flow {
  const { object, action, velocity, risk: rules } = settings
  const read: ReadObject = object === null ? () => '' : objectReader(object, route.path)
  const use = velocityCounter(action, velocity, ground.check)
  const listed = rules.networks.map(networkOf)
  const supplied = settings.deviceHeader?.toLowerCase() ?? null

  function caseOf(exchange: Exchange, named: string | null): Case {
    const { request } = exchange
    return {
      exchange,
      subject: subjectOf(exchange, ground.addressKey),
      object: named,
      fingerprint: fingerprintOf(request, supplied),
      country: ground.countryOf(request.client.text),
    }
  }

  async function assess(of: Case): Promise<Risk | null> {
    const used = await use(of.exchange, of.subject, of.object, true)
    return used === null ? null : riskWith(of, used)
  }

  const riskWith = (of: Case, velocityUsed: number) =>
    riskOf({ ...circumstancesOf(of, listed, ground), velocity: velocityUsed }, rules)

  async function judge(exchange: Exchange, body: RuledBody | null, dry: boolean): Promise<Problem | null> {
    const named = read(exchange, body)
    if (named === null) return refuseFlow('FLOW_OBJECT_UNNAMED')
    const of = caseOf(exchange, named)
    let risk = await assess(of)
    if (risk === null) return refuseFlow('FLOW_UNCOUNTED', { retryAfter: 5 })
    if (!risk.isOver) {
      if (dry) return null
      const used = await use(exchange, of.subject, named, false)
      if (used === null) return refuseFlow('FLOW_UNCOUNTED', { retryAfter: 5 })
      if (used < 1) return passed(of, risk, false)
      // Others came first in the meantime.
      risk = riskWith(of, 1)
    }
    return verify(of, risk, dry)
  }

  async function verify(of: Case, risk: Risk, dry: boolean): Promise<Problem | null> {
    const seal = await ground.seal()
    const bound = seal.bind(route.id, action, of.subject.key, of.object ?? '')
    const spent = await spend(shownPass(of.exchange.request, seal), bound, dry, ground)
    if (spent === 'unknown') return refuseFlow('FLOW_UNCOUNTED', { retryAfter: 5 })
    if (spent !== 'spent') return ask(of, risk, bound, spent, dry)
    if (dry) return null
    await ground.once.take('passes', frictionKey(action, of.subject), FRICTION)
    // Nothing is left of a velocity that is used up.
    await use(of.exchange, of.subject, of.object, false)
    return passed(of, risk, true)
  }

  function passed(of: Case, risk: Risk, verified: boolean): null {
    ground.memory.keep(of.subject.key, of.fingerprint, of.country)
    ground.record(assessedEvent(of.exchange, action, risk, { verified, passes: true }))
    return null
  }

  async function ask(of: Case, risk: Risk, bound: string, why: string, dry: boolean): Promise<Problem> {
    const reason = `${explained(risk, rules)}; ${why}`
    if (dry) return refuseFlow('VERIFICATION_REQUIRED', { reason })
    ground.record(assessedEvent(of.exchange, action, risk, { verified: false, passes: false }))
    const seal = await ground.seal()
    const challenge = seal.close('challenge', {
      id: ground.newName(),
      who: seal.bind('who', of.subject.key),
      route: route.id,
      bound,
      until: ground.now() + settings.verify.within,
      bits: await bitsFor(settings, of.subject, ground.once),
    } satisfies Challenge)
    return refuseFlow('VERIFICATION_REQUIRED', { reason, headers: { 'x-verify-url': ground.prefix + challenge } })
  }

  async function tell(exchange: Exchange): Promise<string> {
    const named = read(exchange, null)
    if (named === null) return 'what it is about is not known before its body'
    const risk = await assess(caseOf(exchange, named))
    return risk === null ? 'cannot be counted now' : explained(risk, rules)
  }

  return Object.freeze({ route: route.id, settings, judge, tell })
}

async function spend(
  pass: Pass | null,
  bound: string,
  dry: boolean,
  { once, now }: FlowGround,
): Promise<'spent' | 'unknown' | string> {
  if (pass === null) return 'no pass'
  if (pass.bound !== bound) return 'pass of somebody else, or for something else'
  if (pass.until <= now()) return 'pass is over'
  const used = await once.take('pass', pass.id, { max: 1, per: LONGEST }, dry)
  if (used === null) return 'unknown'
  return used ? 'spent' : 'pass was used already'
}

/** Whoever comes again and again works more each time. */
async function bitsFor({ verify, action }: FlowSettings, subject: Subject, once: Once): Promise<number> {
  if (verify.kind !== 'proof-of-work') return 0
  const more = await once.used('passes', frictionKey(action, subject), FRICTION)
  return Math.min(MOST_BITS, verify.bits + more)
}

const frictionKey = (action: string, { key }: Subject) => `${action} ${key}`

function circumstancesOf(
  { exchange: { request, principal }, subject, fingerprint, country }: Case,
  listed: readonly Network[],
  { memory, histories, createdAt, now }: FlowGround,
): Omit<Circumstances, 'velocity'> {
  const { key, address, known } = subject
  const from = histories.addresses.of(address)
  const made = known ? createdAt(principal) : null
  return {
    age: known ? (made === null ? 'unknown' : now() - made) : 'nobody',
    // What others did from the same address is held against somebody known by half.
    history: known ? Math.max(histories.principals.of(key), from / 2) : from,
    network: listed.some((network) => contains(network, request.client)) ? 'listed' : memory.country(key, country),
    device: memory.device(key, fingerprint),
  }
}

/** Somebody who is known, or an address. */
function subjectOf({ principal, request }: Exchange, addressKey: (address: Address) => string): Subject {
  const address = addressKey(request.client)
  const known = principal.kind !== 'anonymous'
  return { key: known ? principalKey(principal) : `address ${address}`, address, known }
}

/** Whom a principal is remembered by. */
export function principalKey({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return `${kind} ${id}`
}

function networkOf(text: string): Network {
  const network = parseNetwork(text)
  if (typeof network === 'string') throw new Error(`network ${text}: ${network}`)
  return network
}
