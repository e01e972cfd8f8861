import type { Model } from './compile-model.ts'
import { decide, openNodes } from './decide.ts'
import { createGraph, type Graph, type Node } from './graph.ts'
import { createGroups, type Groups } from './groups.ts'
import { planReading } from './plan-reading.ts'
import { type Place, readLevel, type Source } from './read-level.ts'
import type { SubjectRef } from './tuple.ts'
import { shutUnreachable } from './unreachable.ts'

/** How far one question may go: steps from object to subject, and tuples read on the way. */
export const WALK_BOUNDS = { levels: 25, rows: 50_000 } as const

export type Bound = keyof typeof WALK_BOUNDS

/** What was committed when something was read. */
export type Moment = { readonly revision: number; readonly version: number }

/** What a walk found. */
export type Walked = {
  /** Of each place whether the subject has it, or null where a bound was met before that was known. */
  readonly held: readonly (boolean | null)[]
  readonly bound: Bound | null
  /** Null where no tuple had to be read. */
  readonly moment: Moment | null
  /** Whether something was committed between two steps, so that no single moment was seen. */
  readonly moved: boolean
}

type State = {
  readonly graph: Graph
  readonly asked: readonly Node[]
  readonly subject: SubjectRef
  readonly groups: Groups
  left: number
  moment: Moment | null
  moved: boolean
}

/**
 * Finds out whether a subject has relations to objects: level by level, each read by one query. From the objects it walks
 * down to the usersets that they name, and from the subject up to the groups that it is in, until both meet.
 */
export async function walk(
  source: Source,
  model: Model,
  places: readonly Place[],
  subject: SubjectRef,
): Promise<Walked> {
  const graph = createGraph(model)
  const roots = places.map(({ object, relation }) => graph.node(object, relation))
  const asked = roots.filter((root) => root !== null)
  const groups = createGroups(model, asked, subject)
  const state: State = { graph, asked, subject, groups, left: WALK_BOUNDS.rows, moment: null, moved: false }
  const bound = await goOn(source, state)
  const held = roots.map((root) => (root === null ? false : root.least === root.most ? root.least : null))
  return { held, bound, moment: state.moment, moved: state.moved }
}

async function goOn(source: Source, state: State): Promise<Bound | null> {
  for (let level = 0; ; level++) {
    const open = openOf(state)
    if (open === null || state.moved) return null
    if (level === WALK_BOUNDS.levels) return 'levels'
    await step(source, state, open)
    if (state.left < 0) return 'rows'
  }
}

/** The nodes to read next; null when all that was asked is decided. */
function openOf({ graph, asked, subject, groups }: State): Node[] | null {
  shutUnreachable(graph, subject)
  groups.fill(graph)
  decide(graph, subject)
  if (asked.every(({ least, most }) => least === most)) return null
  return openNodes(asked, subject).filter((node) => !groups.decides(node))
}

async function step(source: Source, state: State, open: readonly Node[]): Promise<void> {
  const { graph, subject, groups } = state
  const plan = planReading(graph, open, subject)
  const steps = groups.next()
  const { found, ...moment } = await readLevel(
    source,
    subject,
    { ...plan.wanted, holdings: steps },
    Math.max(0, state.left),
  )
  state.left -= found.length
  state.moved ||= state.moment !== null && state.moment.revision !== moment.revision
  state.moment = moment
  if (state.left < 0) return
  plan.apply(found)
  groups.take(
    steps,
    found.filter(({ arm }) => arm === 'holdings'),
  )
}
