import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstSteps, type PlannedKey, type Step, stepsAfterLeak, stepsDue, stepsToRotate } from './plan.ts'

const HOUR = 3_600_000
const schedule = { made: ['ES256', 'EdDSA'], rotateEvery: 90 * HOUR, publishBefore: HOUR } as const
const RETIRE_AFTER = 2 * HOUR

type Kept = PlannedKey & { readonly madeAt: number }

/** Does what a plan says, as the database would. */
function take(keys: readonly Kept[], steps: readonly Step[], now: number): Kept[] {
  return steps.reduce<Kept[]>(
    (held, step) => {
      const changed = (id: string, more: Partial<Kept>) => held.map((it) => (it.id === id ? { ...it, ...more } : it))
      if (step.do === 'make') {
        const { algorithm, state, activeAt } = step
        return held.concat({
          id: `${algorithm} ${now} ${held.length}`,
          algorithm,
          state,
          activeAt,
          removesAt: null,
          madeAt: now,
        })
      }
      if (step.do === 'activate') return changed(step.key.id, { state: 'active', activeAt: now })
      if (step.do === 'retire') return changed(step.key.id, { state: 'retired', removesAt: now + RETIRE_AFTER })
      return held.filter(({ id }) => id !== step.key.id)
    },
    [...keys],
  )
}

const act = fc.oneof(
  fc.record({ is: fc.constant('look' as const) }),
  fc.record({ is: fc.constant('rotate' as const), algorithm: fc.constantFrom('ES256' as const, 'EdDSA' as const) }),
  fc.record({ is: fc.constant('leak' as const), which: fc.nat(20) }),
)
const history = fc.array(fc.tuple(act, fc.integer({ min: 0, max: 60 * HOUR })), { maxLength: 40 })

test('whatever happens and however late, one key of each algorithm signs and at most one is next', () => {
  fc.assert(
    fc.property(history, (acts) => {
      let now = 1
      let keys = take([], firstSteps([], schedule, now), now)
      for (const [it, pause] of acts) {
        now += pause
        const leaked = it.is === 'leak' ? keys[it.which % keys.length] : undefined
        const steps =
          it.is === 'rotate'
            ? stepsToRotate(keys, schedule, it.algorithm, now)
            : leaked === undefined
              ? stepsDue(keys, schedule, now)
              : stepsAfterLeak(keys, schedule, leaked, now)
        keys = take(keys, steps, now)
        for (const algorithm of schedule.made) {
          const states = keys.filter((key) => key.algorithm === algorithm).map(({ state }) => state)
          expect(states.filter((state) => state === 'active')).toHaveLength(1)
          expect(states.filter((state) => state === 'published').length).toBeLessThanOrEqual(1)
        }
      }
    }),
  )
})

test('without leaks no key signs that was not published long enough, and none goes before its tokens are dead', () => {
  fc.assert(
    fc.property(history, (acts) => {
      let now = 1
      let keys = take([], firstSteps([], schedule, now), now)
      for (const [it, pause] of acts) {
        now += pause
        const steps =
          it.is === 'rotate' ? stepsToRotate(keys, schedule, it.algorithm, now) : stepsDue(keys, schedule, now)
        for (const step of steps) {
          if (step.do === 'make') expect(step.state).toBe('published')
          if (step.do === 'activate') {
            expect(now - (keys.find(({ id }) => id === step.key.id)?.madeAt ?? now)).toBeGreaterThanOrEqual(
              schedule.publishBefore,
            )
          }
          if (step.do === 'remove') expect(step.key.removesAt).toBeLessThanOrEqual(now)
        }
        keys = take(keys, steps, now)
      }
    }),
  )
})

test('what is done is not due any more', () => {
  fc.assert(
    fc.property(history, (acts) => {
      let now = 1
      let keys = take([], firstSteps([], schedule, now), now)
      for (const [, pause] of acts) {
        now += pause
        keys = take(keys, stepsDue(keys, schedule, now), now)
        expect(stepsDue(keys, schedule, now)).toEqual([])
      }
    }),
  )
})

test('a key whose algorithm is no longer made signs out its time, or is retired by hand at once', () => {
  const key: Kept = { id: 'a', algorithm: 'RS256', state: 'active', activeAt: 0, removesAt: null, madeAt: 0 }
  const due = (now: number) => stepsDue([key], schedule, now).filter((step) => step.do === 'retire')
  expect(due(90 * HOUR - 1)).toEqual([])
  expect(due(90 * HOUR)).toEqual([{ do: 'retire', key }])
  expect(stepsToRotate([key], schedule, 'RS256', 5)).toEqual([{ do: 'retire', key }])
  expect(stepsAfterLeak([key], schedule, key, 5)).toEqual([{ do: 'remove', key, leaked: true }])
})
