import { done, type FieldError, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Json, Properties } from '../decision/question.ts'

/** A question as it came, over AuthZEN: nothing is looked up yet. */
export type Asked = {
  readonly subject: Named
  readonly action: string
  readonly resource: Named
  readonly context: Properties
}
export type Named = { readonly type: string; readonly id: string; readonly properties: Properties }

type Raw = { readonly [name: string]: unknown }

const LONGEST = { type: 64, id: 256, name: 128 } as const
const DEEPEST = 16

/**
 * Reads `{ subject, action, resource, context }` (AuthZEN 1.0, section 5). What is not known is ignored, and nothing is
 * read as what it is not: a number is no name. Properties of the action are told to policies as `context.actionProperties`.
 *
 * @param needs which ids and parts must be there: a search leaves one of them open
 *
 * Errors: `INPUT_INVALID`.
 */
export function readAsked(raw: Raw, needs: Needs = EVERYTHING): Result<Asked> {
  const errors: FieldError[] = []
  const subject = readNamed(raw.subject, 'subject', needs.subjectId, errors)
  const resource = readNamed(raw.resource, 'resource', needs.resourceId, errors)
  const action = needs.action ? readText(objectOf(raw.action), 'name', 'action.name', LONGEST.name, errors) : ''
  const told = readProperties(raw.context, 'context', errors)
  const actionProperties = needs.action ? objectOf(raw.action)?.properties : undefined
  const context = {
    ...told,
    ...(actionProperties === undefined
      ? {}
      : { actionProperties: readProperties(actionProperties, 'action.properties', errors) }),
  }
  return errors.length === 0
    ? done({ subject, action, resource, context })
    : refused(refuseHttp('INPUT_INVALID', { errors }))
}

export type Needs = { readonly subjectId: boolean; readonly action: boolean; readonly resourceId: boolean }
export const EVERYTHING: Needs = { subjectId: true, action: true, resourceId: true }

function readNamed(value: unknown, path: string, needsId: boolean, errors: FieldError[]): Named {
  const raw = objectOf(value)
  if (raw === null) {
    errors.push({ path, message: value === undefined ? 'is missing' : 'must be an object' })
    return { type: '', id: '', properties: {} }
  }
  return {
    type: readText(raw, 'type', `${path}.type`, LONGEST.type, errors),
    id: needsId ? readText(raw, 'id', `${path}.id`, LONGEST.id, errors) : '',
    properties: readProperties(raw.properties, `${path}.properties`, errors),
  }
}

function readText(raw: Raw | null, name: string, path: string, longest: number, errors: FieldError[]): string {
  const value = raw === null || !Object.hasOwn(raw, name) ? undefined : raw[name]
  if (typeof value === 'string' && value !== '' && value.length <= longest && value.isWellFormed()) return value
  const message = value === undefined ? 'is missing' : `must be a text of 1 to ${longest} characters`
  errors.push({ path, message })
  return ''
}

function readProperties(value: unknown, path: string, errors: FieldError[]): Properties {
  if (value === undefined) return {}
  const raw = objectOf(value)
  if (raw !== null && isShallow(raw)) return raw as Properties
  errors.push({ path, message: raw === null ? 'must be an object' : `must not be nested deeper than ${DEEPEST}` })
  return {}
}

export function objectOf(value: unknown): Raw | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : null
}

// Level by level, since what is deep enough ends whoever descends by recursion.
function isShallow(value: Raw): boolean {
  let level: readonly unknown[] = Object.values(value)
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEEPEST) return false
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item as Json & object) : [],
    )
  }
  return true
}
