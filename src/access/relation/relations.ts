import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { createAnswerQuestion } from './answer-question.ts'
import { createCheckRelation } from './check.ts'
import { createExpand } from './expand.ts'
import { createListObjects } from './list-objects.ts'
import { createListSubjects } from './list-subjects.ts'
import { createListTuples } from './list-tuples.ts'
import { createModels } from './models.ts'
import { createGetModel, createPutModel } from './put-model.ts'
import { startSweepingTuples } from './sweep-tuples.ts'
import { tokenOf } from './token.ts'
import { createWriteTuples } from './write-tuples.ts'

export type RelationsDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  /** Whether this process serves, and so sweeps what ended. */
  readonly serves: boolean
  readonly onError: (error: unknown) => void
}

/**
 * Who is related to what (row A4): a model for each organization, tuples, and the questions to them.
 *
 * @example
 * const relations = createRelations({ store, audit, clock, serves: true, onError })
 * await relations.answer('org_default', question) // { outcome: 'allow', because: ['document:42#viewer@user:ada'] }
 */
export function createRelations(deps: RelationsDeps) {
  const models = createModels(deps.store)
  const sweeping = deps.serves ? startSweepingTuples(deps) : null
  const consulting = { ...deps, models }
  const check = createCheckRelation(consulting)
  return Object.freeze({
    getModel: createGetModel(deps),
    putModel: createPutModel(consulting),
    write: createWriteTuples(consulting),
    list: createListTuples(deps),
    check,
    expand: createExpand(consulting),
    objects: createListObjects(consulting),
    subjects: createListSubjects(consulting),
    /** What relations say to a question of `check()`. */
    answer: createAnswerQuestion({ models, check }),
    /** The relations of a type that can be asked for. */
    actions: async (organization: string, type: string): Promise<readonly string[]> => {
      const model = await models.find(organization)
      return [...(model?.rules.values() ?? [])].filter((rule) => rule.type === type).map(({ relation }) => relation)
    },
    tokenOf,
    stop: async () => {
      models.stop()
      await sweeping?.stop()
    },
  })
}

export type Relations = ReturnType<typeof createRelations>
