import type { Exchange } from '../core/index.ts'
import type { PolicyRule } from './engine.ts'
import type { Arrived } from './visit.ts'

/** Where a request names an object. */
export type Place = {
  readonly from: 'path' | 'query'
  readonly name: string
  /** The form of the path, such as `/documents/{id}`, where no framework finds its parameters. */
  readonly template: string | undefined
}

/**
 * Reads what a request names, or null where it names nothing, or where two readers would find two things.
 *
 * Of the path it is what the framework found, which is what the handler will use. Of the query it is what stands there once; what
 * the framework made of the same name must be no other.
 */
export function readName({ from, name, template }: Place, { request }: Exchange, arrived: Arrived): string | null {
  const found =
    from === 'path' && template !== undefined
      ? parameterOf(template, request.path, name)
      : arrived.parameter(from, name)
  if (from === 'path') return typeof found === 'string' && found !== '' ? found : null
  const value = onlyValue(request.query, name)
  return found === undefined || found === value ? value : null
}

// Nothing but a path of the form names anything.
function parameterOf(template: string, path: string, name: string): string | undefined {
  const [parts, found] = [template.split('/'), path.split('/')]
  if (parts.length !== found.length) return undefined
  if (!parts.every((part, i) => isParameter(part) || part === found[i])) return undefined
  return found[parts.indexOf(`{${name}}`)]
}

function isParameter(part: string): boolean {
  return part.startsWith('{') && part.endsWith('}')
}

// Of two values the handler may take the other one.
function onlyValue(query: string, name: string): string | null {
  const values = new URLSearchParams(query).getAll(name)
  return values.length === 1 ? (values[0] as string) : null
}

/** What a framework's parameters have under a name, and nothing that they inherit. */
export function ownOf(values: unknown, name: string): unknown {
  if (typeof values !== 'object' || values === null || !Object.hasOwn(values, name)) return undefined
  return (values as Readonly<Record<string, unknown>>)[name]
}

/**
 * A rule where a framework may not find the parameters of a path: `path` says where they stand, such as `/documents/{id}`. A
 * request for another path names no object.
 */
export type Routed<Rule> = Rule & { readonly path?: string }

/** @throws TypeError for a path in which nothing of the name stands */
export function pathOf({ from = 'path', name }: Pick<PolicyRule, 'from' | 'name'>, path?: string): string | undefined {
  if (path === undefined || from === 'query' || name == null) return undefined
  if (path.split('/').includes(`{${name}}`)) return path
  throw new TypeError(`path must say where the object is named, such as /documents/{${name}}`)
}
