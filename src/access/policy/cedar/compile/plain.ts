import { PLAIN } from './read.ts'
import { type Forms, nodeFrom } from './world.ts'

/** How requests and entities are read without a schema: as they look. */
export const plainForms: Forms = Object.freeze({
  known: () => null,
  contextOf: () => PLAIN,
  nodeOf: (entity) => (isOddAction(entity) ? null : nodeFrom(entity, PLAIN, PLAIN)),
})

// Cedar refuses an action that is in something else than an action.
function isOddAction({ uid, parents }: Parameters<Forms['nodeOf']>[0]): boolean {
  return isAction(uid.type) && !parents.every(({ type }) => isAction(type))
}

function isAction(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action')
}
