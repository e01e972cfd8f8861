import type { Asker, Properties, Question, Resource } from '../decision/question.ts'
import type { Entities } from '../entity/entities.ts'
import type { Asked, Named } from './read.ts'

/** Somebody of ours: what they hold, and what is told of them. */
export type KnownSubject = {
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly properties: Properties
}

export type QuestionDeps = {
  readonly entities: Pick<Entities, 'find'>
  /** A person or service of an organization; null for nobody of ours, and for who may not come in. */
  readonly findSubject: (organization: string, type: string, id: string) => Promise<KnownSubject | null>
}

/**
 * Makes questions of what is asked over AuthZEN. What is known here is believed before what the asker tells: of people and
 * services what we know of them, then what was written of the entity, then what the request says.
 */
export function createQuestionMaker({ entities, findSubject }: QuestionDeps) {
  async function askerOf(organization: string, { type, id, properties }: Named): Promise<Asker> {
    const [ours, written] = await Promise.all([
      findSubject(organization, type, id),
      entities.find(organization, type, id),
    ])
    const told = { ...properties, ...written?.properties }
    if (ours !== null) return { type, id, ...ours, properties: { ...told, ...ours.properties } }
    // Its roles are names for policies: whoever describes somebody of another system grants nothing of ours.
    return { type, id, roles: written?.roles ?? [], permissions: [], properties: told }
  }

  async function resourceOf(organization: string, { type, id, properties }: Named): Promise<Resource> {
    const written = await entities.find(organization, type, id)
    return { type, id, properties: { ...properties, ...written?.properties } }
  }

  return async (organization: string, asked: Asked): Promise<Question> => {
    const [principal, resource] = await Promise.all([
      askerOf(organization, asked.subject),
      resourceOf(organization, asked.resource),
    ])
    return { principal, action: asked.action, resource, context: asked.context }
  }
}
