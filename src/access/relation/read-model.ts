import type { FieldError } from '../../core/index.ts'
import { isName, MODEL_BOUNDS, type ModelDocument, readAllowed } from './model.ts'

const MOST_FAULTS = 20

type Fields = Readonly<Record<string, unknown>>
type Report = (path: string, message: string) => undefined

/** The forms of an expression by the fields that make each. */
const FORMS: readonly (readonly string[])[] = [
  ['direct'],
  ['relation'],
  ['from', 'relation'],
  ['anyOf'],
  ['allOf'],
  ['base', 'except'],
]

/**
 * Whether a value has the form of a model: its fields, its names and its bounds. What the names mean is not looked at.
 *
 * @returns what is wrong, each with its path; empty for a `ModelDocument`
 */
export function modelFormFaults(value: unknown): readonly FieldError[] {
  const faults: FieldError[] = []
  const report: Report = (path, message) => {
    if (faults.length < MOST_FAULTS) faults.push({ path, message })
  }
  const types = only(value, ['types'], '', report)?.types
  const entries = namedEntries(types, 'types', MODEL_BOUNDS.types, report)
  for (const [type, definition] of entries) typeFaults(definition, `types.${type}`, report)
  return faults
}

/** The same value, now that its form was found good. */
export function asModel(value: unknown): ModelDocument {
  return value as ModelDocument
}

function typeFaults(value: unknown, path: string, report: Report): undefined {
  const fields = only(value, ['relations'], path, report)
  if (fields?.relations === undefined) return
  const inside = `${path}.relations`
  for (const [name, expression] of namedEntries(fields.relations, inside, MODEL_BOUNDS.relations, report)) {
    const left = { parts: MODEL_BOUNDS.parts }
    expressionFaults(expression, `${inside}.${name}`, 1, left, report)
  }
}

function expressionFaults(
  value: unknown,
  path: string,
  depth: number,
  left: { parts: number },
  report: Report,
): undefined {
  left.parts -= 1
  if (left.parts < 0) return report(path, `is more than ${MODEL_BOUNDS.parts} parts in one relation`)
  if (depth > MODEL_BOUNDS.nesting) return report(path, `is nested more than ${MODEL_BOUNDS.nesting} deep`)
  if (!isFields(value)) return report(path, 'must be an object')
  const form = Object.keys(value).sort().join(' ')
  if (!FORMS.some((names) => names.join(' ') === form)) return report(path, FORM_SENTENCE)
  if ('direct' in value) return directFaults(value.direct, `${path}.direct`, report)
  for (const name of ['relation', 'from']) if (name in value) nameFault(value[name], `${path}.${name}`, report)
  for (const name of ['base', 'except']) {
    if (name in value) expressionFaults(value[name], `${path}.${name}`, depth + 1, left, report)
  }
  for (const name of ['anyOf', 'allOf']) {
    if (name in value) listFaults(value[name], `${path}.${name}`, depth, left, report)
  }
}

const FORM_SENTENCE =
  'must be one of {direct}, {relation}, {relation, from}, {anyOf}, {allOf}, {base, except}, with no other fields'

function listFaults(value: unknown, path: string, depth: number, left: { parts: number }, report: Report): undefined {
  if (!Array.isArray(value) || value.length === 0) return report(path, 'must be a list of at least one expression')
  for (const [i, item] of value.entries()) expressionFaults(item, `${path}.${i}`, depth + 1, left, report)
}

function directFaults(value: unknown, path: string, report: Report): undefined {
  const most = MODEL_BOUNDS.subjects
  if (!Array.isArray(value) || value.length > most) return report(path, `must be a list of up to ${most} subjects`)
  for (const [i, item] of value.entries()) {
    if (typeof item === 'string' && readAllowed(item) !== null) continue
    report(`${path}.${i}`, 'must be a type, type#relation, or type:*')
  }
}

function nameFault(value: unknown, path: string, report: Report): undefined {
  if (typeof value !== 'string' || !isName(value)) report(path, 'must be the name of a relation')
}

function namedEntries(value: unknown, path: string, most: number, report: Report): [string, unknown][] {
  if (!isFields(value)) {
    report(path, 'must be an object')
    return []
  }
  const entries = Object.entries(value)
  if (entries.length > most) report(path, `must have at most ${most} names`)
  for (const [name] of entries) {
    if (!isName(name))
      report(path, `${JSON.stringify(name.slice(0, 80))} is no name: a letter, then up to 63 of A-Z a-z 0-9 _ . / -`)
  }
  return entries.slice(0, most).filter(([name]) => isName(name))
}

function only(value: unknown, names: readonly string[], path: string, report: Report): Fields | null {
  if (!isFields(value)) {
    report(path === '' ? 'model' : path, 'must be an object')
    return null
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name))
      report(path === '' ? name.slice(0, 80) : `${path}.${name.slice(0, 80)}`, 'is not a field of a model')
  }
  return value
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
