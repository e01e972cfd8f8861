import type { SigningAlgorithm, SigningKeyRecord, SigningKeySettings } from './signing-key.ts'

/** What is to be done with signing keys, in this order. */
export type Step =
  | {
      readonly do: 'make'
      readonly algorithm: SigningAlgorithm
      readonly state: 'active' | 'published'
      readonly activeAt: number
    }
  | { readonly do: 'activate' | 'retire'; readonly key: PlannedKey }
  | { readonly do: 'remove'; readonly key: PlannedKey; readonly leaked: boolean }

export type PlannedKey = Pick<SigningKeyRecord, 'id' | 'algorithm' | 'state' | 'removesAt'> & {
  readonly activeAt: number
}

/** The algorithms whose keys are made here, and when they are replaced. */
export type Schedule = Pick<SigningKeySettings, 'rotateEvery' | 'publishBefore'> & {
  readonly made: readonly SigningAlgorithm[]
}

/** What is due: first keys, keys that are to be next, their turn, and the end of those whose tokens are all dead. */
export function stepsDue(keys: readonly PlannedKey[], schedule: Schedule, now: number): Step[] {
  return [
    ...schedule.made.flatMap((algorithm) => stepsOf(algorithm, keys, schedule, now)),
    ...keys.filter((key) => isLeftBehind(key, schedule, now)).map(endOf),
    ...keys
      .filter(({ state, removesAt }) => state === 'retired' && removesAt !== null && removesAt <= now)
      .map((key) => ({ do: 'remove', key, leaked: false }) as const),
  ]
}

/** What must be done before anything can be signed: a key for each algorithm that has none. */
export function firstSteps(keys: readonly PlannedKey[], { made }: Schedule, now: number): Step[] {
  return made.flatMap((algorithm) => {
    const { active, next } = held(keys, algorithm)
    return active === undefined ? succession(algorithm, next, now) : []
  })
}

function stepsOf(algorithm: SigningAlgorithm, keys: readonly PlannedKey[], schedule: Schedule, now: number): Step[] {
  const { active, next } = held(keys, algorithm)
  if (active === undefined) return succession(algorithm, next, now)
  if (next !== undefined)
    return next.activeAt > now
      ? []
      : [
          { do: 'retire', key: active },
          { do: 'activate', key: next },
        ]
  const publishAt = active.activeAt + schedule.rotateEvery - schedule.publishBefore
  return publishAt > now ? [] : [successor(algorithm, schedule, now)]
}

/**
 * What a rotation by hand does: the next key is published now and signs as soon as everybody can have it. One that is
 * next already stays so: asking twice makes one key. What an algorithm left behind that is no longer used is retired.
 */
export function stepsToRotate(
  keys: readonly PlannedKey[],
  schedule: Schedule,
  algorithm: SigningAlgorithm,
  now: number,
): Step[] {
  const ofIt = keys.filter((key) => key.algorithm === algorithm && key.state !== 'retired')
  if (!schedule.made.includes(algorithm)) return ofIt.map(endOf)
  const { active, next } = held(keys, algorithm)
  if (active === undefined) return succession(algorithm, next, now)
  return next === undefined ? [successor(algorithm, schedule, now)] : []
}

/**
 * What a leaked key brings about: it is gone at once, and when it was the one that signs, the next one signs. That is the
 * published one, which whoever verifies may have already.
 */
export function stepsAfterLeak(
  keys: readonly PlannedKey[],
  schedule: Schedule,
  leaked: PlannedKey,
  now: number,
): Step[] {
  const { algorithm, state } = leaked
  const gone = { do: 'remove', key: leaked, leaked: true } as const
  if (state !== 'active' || !schedule.made.includes(algorithm)) return [gone]
  return [gone, ...succession(algorithm, held(keys, algorithm).next, now)]
}

function held(keys: readonly PlannedKey[], algorithm: SigningAlgorithm) {
  const of = (state: string) => keys.find((key) => key.algorithm === algorithm && key.state === state)
  return { active: of('active'), next: of('published') }
}

function succession(algorithm: SigningAlgorithm, next: PlannedKey | undefined, now: number): Step[] {
  return [
    next === undefined ? { do: 'make', algorithm, state: 'active', activeAt: now } : { do: 'activate', key: next },
  ]
}

function successor(algorithm: SigningAlgorithm, { publishBefore }: Schedule, now: number): Step {
  return { do: 'make', algorithm, state: 'published', activeAt: now + publishBefore }
}

// Not at once: while a cluster restarts, processes with the former configuration still sign with it.
function isLeftBehind(
  { algorithm, state, activeAt }: PlannedKey,
  { made, rotateEvery }: Schedule,
  now: number,
): boolean {
  return state !== 'retired' && !made.includes(algorithm) && activeAt + rotateEvery <= now
}

// What never signed need not be kept for anybody.
function endOf(key: PlannedKey): Step {
  return key.state === 'published' ? { do: 'remove', key, leaked: false } : { do: 'retire', key }
}
