import { done, type Result, refused } from '../../core/index.ts'
import type { Model } from './compile-model.ts'
import { type Attempt, boundProblem, type ConsultDeps, type Consulted, consult } from './consult.ts'
import { createGraph, type Formula } from './graph.ts'
import { planReading } from './plan-reading.ts'
import { refuseRelation } from './problems.ts'
import { type Place, readLevel, type Source } from './read-level.ts'
import { objectText, subjectText } from './tuple.ts'
import { WALK_BOUNDS } from './walk.ts'

/** Of whom a relation of one object is made, one step far: a userset in it can be expanded in turn. */
export type Tree =
  | { readonly subjects: readonly string[]; readonly more: boolean }
  | { readonly userset: string }
  | { readonly anyOf: readonly Tree[] }
  | { readonly allOf: readonly Tree[] }
  | { readonly base: Tree; readonly except: Tree }

const MOST_SHOWN = 1_000

/** Tells of whom a relation of an object is made. Errors: those of a check. */
export function createExpand(deps: ConsultDeps) {
  return (
    organization: string,
    { token, ...place }: Place & { token: string | null },
  ): Promise<Result<Consulted<Tree>>> =>
    consult(deps, organization, token, (source, model) => attempt(source, model, place))
}

async function attempt(source: Source, model: Model, { object, relation }: Place): Promise<Attempt<Tree>> {
  const graph = createGraph(model)
  const node = graph.node(object, relation)
  if (node === null) return { value: refused(refuseRelation('RELATION_UNKNOWN')), moment: null, moved: false }
  const plan = planReading(graph, [node], null)
  const nobody = { type: '', id: '', relation: '' }
  const { found, ...moment } = await readLevel(source, nobody, { ...plan.wanted, holdings: [] }, WALK_BOUNDS.rows)
  if (found.length > WALK_BOUNDS.rows) return { value: refused(boundProblem('rows')), moment, moved: false }
  plan.apply(found)
  return { value: done(treeOf(node.formula ?? { is: 'any', of: [] })), moment, moved: false }
}

function treeOf(formula: Formula): Tree {
  switch (formula.is) {
    case 'known':
      return { subjects: [], more: false }
    case 'among':
      return subjectsOf(formula.subjects)
    case 'node':
      return { userset: `${objectText(formula.node.object)}#${formula.node.rule.relation}` }
    case 'any':
      return anyOf(formula.of)
    case 'all':
      return { allOf: formula.of.map(treeOf) }
    case 'except':
      return { base: treeOf(formula.base), except: treeOf(formula.except) }
  }
}

function anyOf(parts: readonly Formula[]): Tree {
  const trees = parts.slice(0, MOST_SHOWN).map(treeOf)
  const [only] = trees
  return trees.length === 1 && only !== undefined ? only : { anyOf: trees }
}

// Usersets among them are shown as such.
function subjectsOf(keys: ReadonlySet<string>): Tree {
  const singles = [...keys].map((key) => key.split('\n')).filter(([, , relation]) => relation === '')
  const texts = singles.map(([type = '', id = '']) => subjectText({ type, id, relation: '' }))
  return { subjects: texts.slice(0, MOST_SHOWN).sort(), more: texts.length > MOST_SHOWN }
}
