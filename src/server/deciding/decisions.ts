import {
  type AuthzenDeps,
  type Check,
  type CheckDeps,
  createCheck,
  createDecisionRecord,
  createEntities,
  createHoldings,
  createPolicies,
  createQuestionMaker,
  createQuestions,
  createRelatedAfter,
  createSearch,
  type Decision,
  type Entities,
  type NoteUse,
  type Policies,
  type Question,
  type Relations,
} from '../../access/index.ts'
import type { Audit } from '../../audit/index.ts'
import type { Config } from '../../config/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { KnownSubjects } from './known-subjects.ts'

/** What decides, and what it decides by. */
export type Decisions = Pick<AuthzenDeps, 'questionOf' | 'search'> & {
  readonly check: Check
  readonly policies: Policies
  readonly entities: Entities
  /** Writes the questions that are still in memory. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Puts together what decides: policies, permissions and relations, and who of ours is asked about. */
export function openDecisions(deps: {
  store: Store
  audit: Audit
  clock: Clock
  relations: Pick<Relations, 'answer' | 'getModel'>
  subjects: KnownSubjects
  settings: Config['access']['record']
  noteUse: NoteUse
  onError: (error: unknown) => void
}): Decisions {
  const { store, audit, relations, subjects, settings } = deps
  const questions = createQuestions({ ...deps, most: settings.questions })
  const entities = createEntities(deps)
  const holdings = createHoldings()
  const policies = createPolicies({ store, audit, clock: deps.clock, questions, holdings, relations })
  const written = createDecisionRecord({ audit, settings, keep: questions.keep })
  const record: CheckDeps['record'] = (organization, question, decision, asked) => {
    noteHeld(deps.noteUse, organization, question, decision)
    written(organization, question, decision, asked)
  }
  const check = createCheck({ policies, holdings, relations, record })
  const questionOf = createQuestionMaker({ entities, findSubject: subjects.find })
  const search = createSearch({
    check,
    entities,
    questionOf,
    subjectsAfter: subjects.after,
    relatedAfter: createRelatedAfter({ store }),
    actionsOf: async (organization, { principal, resource }) => {
      const [named, related] = await Promise.all([
        policies.actions(organization),
        relatedActions(relations, organization, resource.type),
      ])
      return [...new Set([...named, ...related, ...heldActions(principal, resource.type)])].slice(0, MOST_ACTIONS)
    },
  })
  return Object.freeze({
    check,
    policies,
    entities,
    questionOf,
    search,
    flush: questions.flush,
    stop: async () => {
      policies.stop()
      await questions.stop()
    },
  })
}

// Others than people and services of ours hold nothing that somebody was given here.
const OURS = /^(?:usr|svc)_/

function noteHeld(
  note: NoteUse,
  organization: string,
  { principal, action, resource }: Question,
  said: Decision,
): void {
  const [by] = said.because
  if (!said.allowed || said.decidedBy !== 'permission' || by === undefined || !OURS.test(principal.id)) return
  const { type: kind, id, permissions } = principal
  // What is held for single objects is told by its name: of the objects there is no end.
  const used = by.split(':').length > 2 ? by : `${resource.type}:${action}`
  note({ kind, id, organization, scopes: NONE, permissions }, { permissions: [used] })
}

const NONE: readonly string[] = Object.freeze([])
const MOST_ACTIONS = 500

function heldActions({ permissions }: Question['principal'], type: string): readonly string[] {
  return permissions.flatMap((permission) => {
    const [of, action = '*'] = permission.split(':')
    return of === type && action !== '*' ? [action] : []
  })
}

// A relation that is called `can_read` answers for `read` as well.
async function relatedActions(
  { getModel }: Pick<Relations, 'getModel'>,
  organization: string,
  type: string,
): Promise<readonly string[]> {
  const found = await getModel(organization)
  if (!found.ok) return []
  const { types } = found.value.document
  const names = Object.keys((Object.hasOwn(types, type) ? types[type]?.relations : undefined) ?? {})
  return names.flatMap((name) => (name.startsWith('can_') ? [name, name.slice('can_'.length)] : [name]))
}
