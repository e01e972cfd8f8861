import type { Principal, Step } from '../../core/index.ts'
import { missingPermissions } from '../permission.ts'
import { refuseAccess } from '../problems.ts'
import { type NoteUse, UNNOTED } from '../use/uses.ts'

/** Who a route is for, at least. */
export const CALLERS = ['known', 'person', 'machine', 'admin'] as const
export type Caller = (typeof CALLERS)[number]

const ADMINISTER: readonly string[] = ['gateway:administer']
const USED = { known: {}, person: {}, machine: {}, admin: { permissions: ADMINISTER } } as const

const IS: Readonly<Record<Caller, (principal: Principal) => boolean>> = {
  known: ({ kind }) => kind !== 'anonymous',
  person: ({ kind }) => kind === 'user',
  machine: ({ kind }) => kind === 'service',
  admin: ({ kind, permissions }) => kind !== 'anonymous' && missingPermissions(permissions, ADMINISTER).length === 0,
}

/**
 * The step behind `require.level`.
 *
 * Errors: `LEVEL_MISSING`.
 *
 * @param note takes down what was asked for and held
 */
export function levelStep(level: Caller | null, note: NoteUse = UNNOTED): Step | null {
  if (level === null) return null
  return {
    name: `level ${level}`,
    stage: 'access',
    apply: ({ principal }, dry) => {
      if (!IS[level](principal)) {
        return {
          is: 'deny',
          problem: refuseAccess('LEVEL_MISSING', { reason: `wants ${level}, is ${principal.kind}` }),
        }
      }
      if (!dry) note(principal, USED[level])
      return undefined
    },
  }
}
