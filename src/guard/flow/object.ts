import { hash } from 'node:crypto'
import type { Exchange } from '../../core/index.ts'
import type { RuledBody } from '../body-rule.ts'
import { parametersOf } from '../shape/query.ts'
import type { FlowObject } from './settings.ts'

/** Reads what a request is about: as a short name that does not tell it, or null where nothing is named, or two things are. */
export type ReadObject = (exchange: Exchange, body: RuledBody | null) => string | null

const LONGEST = 1024

/**
 * Makes what reads the object of a flow out of a request.
 *
 * @param path the route's path, such as `/items/{id}/purchases`
 * @throws RangeError when the path has no such parameter
 */
export function objectReader({ from, name }: FlowObject, path: string): ReadObject {
  const read = READERS[from](name, path)
  return (exchange, body) => {
    const value = read(exchange, body)
    if (value === null || value === '' || value.length > LONGEST) return null
    return hash('sha256', value, 'base64url').slice(0, 22)
  }
}

type Read = (exchange: Exchange, body: RuledBody | null) => string | null

const READERS: Readonly<Record<FlowObject['from'], (name: string, path: string) => Read>> = {
  path: (name, path) => {
    const place = path.split('/').indexOf(`{${name}}`)
    if (place === -1) throw new RangeError(`its path has no parameter {${name}}`)
    return ({ request }) => request.path.split('/')[place] ?? null
  },
  query:
    (name) =>
    ({ request }) => {
      // Of two values the upstream may take the other one.
      const values = parametersOf(request.query)?.filter((it) => it.name === name) ?? []
      return values.length === 1 ? (values[0]?.value ?? null) : null
    },
  header: (name) => {
    const lower = name.toLowerCase()
    return ({ request }) => (request.headerCount(lower) === 1 ? (request.header(lower) ?? null) : null)
  },
  body: (name) => (_, body) => valueIn(body, name),
}

// The route holds bodies to JSON without doubled names, so every reader finds the same value.
function valueIn(body: RuledBody | null, name: string): string | null {
  if (body === null || body.bytes.length === 0) return null
  const value = propertyOf(body, name)
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : null
}

function propertyOf(body: RuledBody, name: string): unknown {
  try {
    const whole = body.json()
    if (typeof whole !== 'object' || whole === null || !Object.hasOwn(whole, name)) return null
    return (whole as Record<string, unknown>)[name]
  } catch {
    return null
  }
}
