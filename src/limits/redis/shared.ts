import { type Clock, createId, type RouteIdentity } from '../../core/index.ts'
import type { RedisScripts } from '../../store/index.ts'
import { createCheck } from '../check.ts'
import { type Concurrency, createConcurrency, type Place, type PlaceAsk, placeOf } from '../concurrency.ts'
import { type Ask, assertOptions, type CheckOptions, type LimitDecision } from '../decision.ts'
import { headers } from '../headers.ts'
import type { Limits } from '../limits.ts'
import { createShelf } from '../shelf.ts'
import { steadyTime } from '../steady.ts'
import { createDecide, type PlaceName, REDIS_TIME, type RedisTime, TAG } from './decide.ts'
import { createHeld, type Held } from './held.ts'
import { BEAT_EVERY, openLine, type Standing } from './line.ts'
import { BEAT, CHARGE, DECIDE, HOLD, LEAVE } from './lua.ts'
import { within } from './patience.ts'
import { createShares } from './shares.ts'

const PROCESSES = `${TAG}:processes`
// A process that was not heard of for so long is not counted any more.
const LIFETIME = 5000
// A place falls free so long after its process was last heard of.
const LEASE = 15_000

export type SharedLimitsDeps = {
  readonly clock: Clock
  /** The most meters that are remembered here, for the time without Redis. */
  readonly capacity: number
  readonly scripts: RedisScripts
  /** Milliseconds that one decision waits for Redis. */
  readonly timeout: number
  /** How many processes to reckon with before Redis could be asked. */
  readonly processes: number
  /** Whether this process has a part in the limits: one that serves has, a command has not. */
  readonly serves: boolean
  readonly onStanding: (standing: Standing) => void
  /** Told of each decision that this process made alone for a route. */
  readonly onLocal?: (route: RouteIdentity) => void
  /** Milliseconds for which a place is held without word of its process. 15 seconds unless said otherwise. */
  readonly lease?: number
  readonly time?: RedisTime
}

/**
 * Limits that all processes share on Redis: each decision is one call there. While Redis is away every process decides
 * in its own memory with its part of each limit, and nobody waits.
 *
 * @example
 * const scripts = await createRedisScripts({ url, prefix, patience: 5000 })
 * const limits = await createSharedLimits({ clock, capacity: 200_000, scripts, timeout: 100, processes: 1, serves: true, onStanding })
 */
export async function createSharedLimits(deps: SharedLimitsDeps): Promise<Limits> {
  const { clock, scripts, timeout, lease = LEASE } = deps
  const me = createId('nod', clock.now())
  const shelf = createShelf(deps.capacity)
  const concurrency = createConcurrency()
  const here = createCheck(shelf, concurrency, steadyTime(clock))
  const time = deps.time ?? REDIS_TIME
  const [decide, beat] = [createDecide(scripts.define(DECIDE), time), scripts.define(BEAT)]
  const [hold, leave] = [scripts.define(HOLD), scripts.define(LEAVE)]
  const charge = scripts.define(CHARGE)
  const places = createPlaces({ me, concurrency, held: createHeld(hold, lease), giveBack })
  // Three times within a lease.
  const renewal = Math.max(1, Math.floor(lease / 3 / BEAT_EVERY))
  let beats = 0

  const line = await openLine({
    atLeast: deps.processes,
    steady: steadyTime(clock).now,
    onStanding: deps.onStanding,
    beat: (alone) => within(timeout, saySo(alone)),
  })

  const shares = createShares({
    charge: (keys, values) => within(timeout, charge(keys, values)),
    processes: line.processes,
    alone: line.alone,
    steady: steadyTime(clock).now,
    slack: time.slack,
    time: time.now,
    onError: line.fail,
  })

  // Redis may have forgotten what is held, or never heard of what was given out without it.
  async function saySo(wasAlone: boolean): Promise<number> {
    const processes = Number(await beat([PROCESSES], [deps.serves ? me : '', LIFETIME]))
    if (wasAlone || beats++ % renewal === 0) await places.renew()
    return processes
  }

  // Nobody waits for it: what does not arrive falls free with its lease.
  function giveBack({ set, name }: PlaceName): void {
    if (!line.alone()) leave([set], [name]).catch(() => undefined)
  }

  function check(asks: readonly Ask[], options?: CheckOptions): LimitDecision | Promise<LimitDecision> {
    const cost = assertOptions(options)
    const dry = options?.dry === true
    const ask = options?.place ?? null
    if (line.alone()) return alone(asks, options, ask)
    const approximate = options?.route?.approximateLimits === true && ask === null && !dry
    const known = approximate ? shares.decide(asks, cost) : null
    if (known !== null) return known
    const name = ask === null ? null : places.name(ask)
    const place = ask === null || name === null ? null : { ...name, max: ask.max, lease }
    return within(timeout, decide({ asks, cost, dry, place })).then(
      (answer): LimitDecision => {
        if (approximate) shares.learn(answer.states, asks)
        const taken = ask !== null && name !== null && answer.allowed && !dry
        return { ...answer, place: taken ? places.taken(ask, name) : null }
      },
      (error: unknown) => {
        line.fail(error)
        // The answer may still come, and have taken the place.
        if (name !== null) leave([name.set], [name.name]).catch(() => undefined)
        return alone(asks, options, ask)
      },
    )
  }

  function alone(asks: readonly Ask[], options: CheckOptions | undefined, ask: PlaceAsk | null): LimitDecision {
    const route = options?.route
    const counts = route !== undefined && (asks.length > 0 || ask !== null)
    if (counts && route.sharedLimitsOnly === true) return UNAVAILABLE
    if (counts && options?.dry !== true) deps.onLocal?.(route)
    const decision = here(asks, options, line.processes())
    if (ask === null || decision.place === null) return decision
    return { ...decision, place: places.shown(ask, decision.place) }
  }

  async function stop(): Promise<void> {
    await shares.stop()
    await line.stop()
    if (deps.serves && !line.alone()) await within(timeout, leave([PROCESSES], [me])).catch(() => undefined)
    await scripts.close()
  }

  return Object.freeze({ check, headers, size: shelf.size, inside: concurrency.inside, stop })
}

const UNAVAILABLE: LimitDecision = Object.freeze({
  allowed: false,
  retryAfter: 0,
  states: [],
  crowded: false,
  place: null,
  unavailable: true,
})

type Places = {
  /** A name for a place, before Redis is asked for it. */
  readonly name: (ask: PlaceAsk) => PlaceName
  /** Redis gave it: it is counted here too, for the time without Redis. */
  readonly taken: (ask: PlaceAsk, name: PlaceName) => Place
  /** It was given here: Redis hears of it when it is back. */
  readonly shown: (ask: PlaceAsk, place: Place) => Place
  readonly renew: () => Promise<void>
}

function createPlaces(deps: {
  me: string
  concurrency: Concurrency
  held: Held
  giveBack: (place: PlaceName) => void
}): Places {
  const { concurrency, held } = deps
  let count = 0

  const name = ({ key }: PlaceAsk): PlaceName => ({ set: `${TAG}:places:${key}`, name: `${deps.me}:${++count}` })

  function keep(name: PlaceName, leaveHere: () => void): Place {
    held.add(name)
    return placeOf(() => {
      leaveHere()
      held.remove(name)
      deps.giveBack(name)
    })
  }

  return {
    name,
    taken: ({ key }, name) => {
      concurrency.enter(key)
      return keep(name, () => concurrency.leave(key))
    },
    shown: (ask, place) => keep(name(ask), place.leave),
    renew: held.renew,
  }
}
