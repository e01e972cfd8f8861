import { done, type Result, refused } from '../../core/index.ts'
import { knowsSubject } from './check.ts'
import type { Model } from './compile-model.ts'
import { type Attempt, boundProblem, type ConsultDeps, type Consulted, consult } from './consult.ts'
import { decide } from './decide.ts'
import { createGraph, type Formula, type Graph, type Node } from './graph.ts'
import type { IdPage } from './list-objects.ts'
import { createMoments, type Moments } from './moments.ts'
import { byBytes, cursorOf, readCursor } from './page.ts'
import { planReading } from './plan-reading.ts'
import { refuseRelation } from './problems.ts'
import { type Place, readLevel, type Source } from './read-level.ts'
import type { SubjectRef } from './tuple.ts'
import { shutUnreachable } from './unreachable.ts'
import { type Bound, WALK_BOUNDS } from './walk.ts'

export type ListSubjectsInput = Place & {
  /** Which subjects: of this type, and with a relation the usersets of it. */
  readonly subjectType: string
  readonly subjectRelation: string
  readonly token: string | null
  readonly limit: number
  readonly cursor: string | null
}

// Candidates times nodes that one page works through, so that a page ends.
const MOST_WORK = 2_000_000

/**
 * Lists the subjects of a type that have a relation to an object. `*` among them stands for everybody of the type.
 *
 * Errors: those of a check, and `CURSOR_INVALID`.
 */
export function createListSubjects(deps: ConsultDeps) {
  return async (organization: string, input: ListSubjectsInput): Promise<Result<Consulted<IdPage>>> => {
    const after = readCursor(input.cursor, 1)
    if (!after.ok) return after
    const from = after.value?.[0] ?? ''
    return consult(deps, organization, input.token, (source, model) => attempt(source, model, input, from))
  }
}

async function attempt(
  source: Source,
  model: Model,
  input: ListSubjectsInput,
  after: string,
): Promise<Attempt<IdPage>> {
  const moments = createMoments()
  const graph = createGraph(model)
  const root = graph.node(input.object, input.relation)
  const kind: SubjectRef = { type: input.subjectType, id: '', relation: input.subjectRelation }
  if (root === null || !knowsSubject(model, kind)) {
    return { value: refused(refuseRelation('RELATION_UNKNOWN')), ...moments.seen() }
  }
  const bound = await readAll(source, graph, kind, moments)
  const value = bound === null ? done(pageOf(graph, root, kind, after, input.limit)) : refused(boundProblem(bound))
  return { value, ...moments.seen() }
}

async function readAll(source: Source, graph: Graph, kind: SubjectRef, moments: Moments): Promise<Bound | null> {
  let left: number = WALK_BOUNDS.rows
  for (let level = 0; ; level++) {
    shutUnreachable(graph, kind)
    const open = [...graph.nodes.values()].filter(({ formula }) => formula === null)
    if (open.length === 0) return null
    if (level === WALK_BOUNDS.levels) return 'levels'
    const plan = planReading(graph, open, null)
    const { found, ...moment } = await readLevel(source, kind, { ...plan.wanted, holdings: [] }, left)
    moments.note(moment)
    left -= found.length
    if (left < 0) return 'rows'
    plan.apply(found)
  }
}

function pageOf(graph: Graph, root: Node, kind: SubjectRef, after: string, limit: number): IdPage {
  const candidates = [...candidatesIn(graph, kind)].filter((id) => after === '' || byBytes(id, after) > 0).sort(byBytes)
  const most = root.rule.plain ? candidates.length : Math.max(1, Math.floor(MOST_WORK / graph.nodes.size))
  const ids: string[] = []
  for (const [i, id] of candidates.entries()) {
    if (ids.length === limit || i === most) return { ids, nextCursor: cursorOf([candidates[i - 1] ?? after]) }
    if (root.rule.plain || isHeld(graph, root, { ...kind, id })) ids.push(id)
  }
  return { ids, nextCursor: null }
}

function isHeld(graph: Graph, root: Node, subject: SubjectRef): boolean {
  decide(graph, subject)
  return root.least
}

function candidatesIn({ nodes }: Graph, { type, relation }: SubjectRef): Set<string> {
  const ids = new Set<string>()
  for (const { formula, object, rule } of nodes.values()) {
    if (relation !== '' && rule.type === type && rule.relation === relation) ids.add(object.id)
    for (const key of formula === null ? [] : subjectsIn(formula)) {
      const [itsType, id = '', itsRelation] = key.split('\n')
      if (itsType === type && itsRelation === relation) ids.add(id)
    }
  }
  return ids
}

function* subjectsIn(formula: Formula): Generator<string> {
  if (formula.is === 'among') yield* formula.subjects
  else if (formula.is === 'except') {
    yield* subjectsIn(formula.base)
    yield* subjectsIn(formula.except)
  } else if (formula.is === 'any' || formula.is === 'all') for (const part of formula.of) yield* subjectsIn(part)
}
