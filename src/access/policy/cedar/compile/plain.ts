import { PLAIN } from './read.ts'
import { createTypeNames } from './type-names.ts'
import { type Forms, nodeFrom } from './world.ts'

/** How requests and entities are read without a schema: as they look. */
export function plainForms(): Forms {
  return {
    isType: createTypeNames(),
    known: () => null,
    contextOf: () => PLAIN,
    nodeOf: (entity) => (isOddAction(entity) ? null : nodeFrom(entity, PLAIN, PLAIN)),
  }
}

// Cedar refuses an action that is in something else than an action.
function isOddAction({ uid, parents }: Parameters<Forms['nodeOf']>[0]): boolean {
  return parents.length > 0 && isAction(uid.type) && !parents.every(({ type }) => isAction(type))
}

function isAction(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action')
}
