import { done, type Result, refused } from '../../core/index.ts'
import { knowsSubject } from './check.ts'
import { type Model, type Rule, ruleOf } from './compile-model.ts'
import { type Attempt, boundProblem, type ConsultDeps, type Consulted, consult } from './consult.ts'
import { ruleKey } from './model.ts'
import { createMoments, type Moments } from './moments.ts'
import { byBytes, cursorOf, readCursor } from './page.ts'
import { refuseRelation } from './problems.ts'
import { createReach, type Reach, type Step } from './reach.ts'
import { readLevel, type Source } from './read-level.ts'
import { readObjects } from './read-objects.ts'
import type { SubjectRef } from './tuple.ts'
import { type Bound, WALK_BOUNDS, walk } from './walk.ts'

export type ListObjectsInput = {
  readonly type: string
  readonly relation: string
  readonly subject: SubjectRef
  readonly token: string | null
  /** How many, at most. */
  readonly limit: number
  readonly cursor: string | null
}

/** Ids in the order of their bytes. A page may hold fewer than asked for and still not be the last. */
export type IdPage = { readonly ids: readonly string[]; readonly nextCursor: string | null }

// Candidates that one page looks at where each has to be checked.
const MOST_CANDIDATES = 1_000

/**
 * Lists the objects of a type that a subject has a relation to.
 *
 * Errors: those of a check, and `CURSOR_INVALID`.
 */
export function createListObjects(deps: ConsultDeps) {
  return async (organization: string, input: ListObjectsInput): Promise<Result<Consulted<IdPage>>> => {
    const after = readCursor(input.cursor, 1)
    if (!after.ok) return after
    const from = after.value?.[0] ?? ''
    return consult(deps, organization, input.token, (source, model) => attempt(source, model, input, from))
  }
}

async function attempt(source: Source, model: Model, input: ListObjectsInput, after: string): Promise<Attempt<IdPage>> {
  const moments = createMoments()
  const rule = model.rules.get(ruleKey(input.type, input.relation))
  if (rule === undefined || !knowsSubject(model, input.subject)) {
    return { value: refused(refuseRelation('RELATION_UNKNOWN')), ...moments.seen() }
  }
  const candidates = await findCandidates(source, model, rule, input.subject, moments)
  if (typeof candidates === 'string') return { value: refused(boundProblem(candidates)), ...moments.seen() }
  const value = await pageOf(source, model, rule, input, { candidates, after, moments })
  return { value, ...moments.seen() }
}

/** Gives the ids after one, at most so many, that may have the relation. */
type Candidates = (after: string, most: number) => Promise<readonly string[]>
type Paging = { readonly candidates: Candidates; readonly after: string; readonly moments: Moments }

async function pageOf(
  source: Source,
  model: Model,
  rule: Rule,
  { limit, subject }: ListObjectsInput,
  { candidates, after, moments }: Paging,
): Promise<Result<IdPage>> {
  const ids: string[] = []
  let last = after
  for (let looked = 0; looked < MOST_CANDIDATES; looked += limit + 1) {
    const found = await candidates(last, limit + 1)
    const kept = rule.plain ? found : await keep(source, model, rule, found, subject, moments)
    if (!Array.isArray(kept)) return refused(boundProblem(kept as Bound))
    ids.push(...kept)
    last = found.at(-1) ?? last
    if (ids.length > limit) return done({ ids: ids.slice(0, limit), nextCursor: cursorOf([ids[limit - 1] ?? last]) })
    if (found.length <= limit) return done({ ids, nextCursor: null })
  }
  return done({ ids, nextCursor: cursorOf([last]) })
}

async function keep(
  source: Source,
  model: Model,
  { type, relation }: Rule,
  ids: readonly string[],
  subject: SubjectRef,
  moments: Moments,
): Promise<readonly string[] | Bound> {
  const places = ids.map((id) => ({ object: { type, id }, relation }))
  const { held, bound, moment } = await walk(source, model, places, subject)
  moments.note(moment)
  if (held.includes(null)) return bound ?? 'rows'
  return ids.filter((_, i) => held[i] === true)
}

async function findCandidates(
  source: Source,
  model: Model,
  rule: Rule,
  subject: SubjectRef,
  moments: Moments,
): Promise<Candidates | Bound> {
  const rules = givingTo(model, rule.key)
  const reach = createReach(model, subject, rules)
  const isLast = isLastType(model, rules, rule.type) && subject.type !== rule.type
  const late: Step[] = []
  const bound = await climb(
    source,
    reach,
    subject,
    moments,
    (step) => isLast && step.gives.type === rule.type && late.push(step) > 0,
  )
  if (bound !== null) return bound
  if (isLast) return (after, most) => readObjects(source, late, after, most)
  const ids = reach
    .objectsOf(rule.key)
    .map(({ id }) => id)
    .sort(byBytes)
  return async (after, most) => ids.filter((id) => after === '' || byBytes(id, after) > 0).slice(0, most)
}

async function climb(
  source: Source,
  reach: Reach,
  subject: SubjectRef,
  moments: Moments,
  postpone: (step: Step) => boolean,
): Promise<Bound | null> {
  let left: number = WALK_BOUNDS.rows
  for (let level = 0; ; level++) {
    const steps = reach.next().filter((step) => !postpone(step))
    if (steps.length === 0) return null
    if (level === WALK_BOUNDS.levels) return 'levels'
    const wanted = { exact: [], usersets: [], singles: [], holdings: steps }
    const { found, ...moment } = await readLevel(source, subject, wanted, left)
    moments.note(moment)
    left -= found.length
    if (left < 0) return 'rows'
    reach.take(steps, found)
  }
}

function givingTo(model: Model, key: string): ReadonlySet<string> {
  const giving = new Set([key])
  for (const it of giving) {
    for (const source of model.rules.get(it)?.sources ?? []) if (ruleOf(source) !== '') giving.add(ruleOf(source))
  }
  return giving
}

// Objects that lead nowhere further need not all be known to list a page of them.
function isLastType(model: Model, rules: ReadonlySet<string>, type: string): boolean {
  const sources = [...rules].flatMap((key) => model.rules.get(key)?.sources ?? [])
  return sources.every((it) => it.by === 'computed' || model.rules.get(ruleOf(it))?.type !== type)
}
