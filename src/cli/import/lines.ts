import { UsageError } from '../usage.ts'
import { readCsv } from './csv.ts'

/** One key of a file as the API takes it, and the line that it stands on. */
export type Line = { readonly line: number; readonly body: Readonly<Record<string, unknown>> }

type Column = (value: string, body: Record<string, unknown>, line: number) => void

const text =
  (name: string): Column =>
  (value, body) => {
    body[name] = value
  }
// What a list holds has no spaces in it.
const list =
  (name: string): Column =>
  (value, body) => {
    body[name] = value.split(/\s+/).filter((item) => item !== '')
  }

const hash =
  (algorithm: 'sha256' | 'bcrypt'): Column =>
  (value, body, line) => {
    if (body.hash !== undefined) throw new UsageError(`line ${line} has two hashes of one key; leave one out`)
    body.hash = { algorithm, value }
  }

/** The columns that a CSV file may have. Empty cells are left out, so that the defaults hold. */
const COLUMNS: Readonly<Record<string, Column>> = {
  name: text('name'),
  description: text('description'),
  key: text('key'),
  sha256: hash('sha256'),
  bcrypt: hash('bcrypt'),
  prefix: text('prefix'),
  service: text('service'),
  owner: (value, body) => {
    body.owner = { kind: value.startsWith('usr_') ? 'user' : 'service', id: value }
  },
  type: text('type'),
  environment: text('environment'),
  classification: text('classification'),
  scopes: list('scopes'),
  permissions: list('permissions'),
  allowedIps: list('allowedIps'),
  allowedDomains: list('allowedDomains'),
  tags: list('tags'),
  expiresAt: text('expiresAt'),
}

/** Reads JSON Lines: one object on each line, with the fields of the API. Empty lines are left out. */
export function readJsonLines(content: string): Line[] {
  return content.split('\n').flatMap((row, i) => (row.trim() === '' ? [] : [{ line: i + 1, body: parsed(row, i + 1) }]))
}

// The text is not quoted: a key may be in it.
function parsed(row: string, line: number): Line['body'] {
  let value: unknown
  try {
    value = JSON.parse(row)
  } catch {
    throw new UsageError(`line ${line} is not JSON`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Line['body']
  throw new UsageError(`line ${line} is not an object such as {"name":"billing","key":"…"}`)
}

/** Reads CSV whose first line names the columns. */
export function readCsvLines(content: string): Line[] {
  const records = readCsv(content)
  if ('wrongLine' in records)
    throw new UsageError(`line ${records.wrongLine} is not CSV: a quote stands where none may`)
  const [head, ...rows] = records
  if (head === undefined) return []
  const names = head.fields.map((name) => name.trim())
  const unknown = names.find((name) => !Object.hasOwn(COLUMNS, name))
  if (unknown !== undefined) {
    throw new UsageError(`"${unknown}" is no column; there are: ${Object.keys(COLUMNS).join(', ')}`)
  }
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new UsageError(`the column "${twice}" is named twice`)
  return rows.map(({ line, fields }) => {
    if (fields.length !== names.length)
      throw new UsageError(`line ${line} has ${fields.length} fields, and the first line names ${names.length}`)
    return { line, body: bodyOf(names, fields, line) }
  })
}

function bodyOf(names: readonly string[], fields: readonly string[], line: number): Line['body'] {
  const body: Record<string, unknown> = {}
  for (const [i, name] of names.entries()) {
    const value = fields[i]?.trim() ?? ''
    if (value !== '') COLUMNS[name]?.(value, body, line)
  }
  return body
}
