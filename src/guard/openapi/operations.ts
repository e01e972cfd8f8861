import type { Validate } from './judge.ts'
import { described, type Parameter, parameterOf } from './parameters.ts'
import type { Schemas } from './schemas.ts'
import { escapePointer, isObject, type Json, type JsonObject, objectsIn, placeOf, resolved } from './tree.ts'

/** A body that a document describes, by its content type; `null` is one whose content is not described. */
export type Content = { readonly type: string; readonly schema: Json | undefined; readonly validate: Validate | null }

export type Operation = {
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: { readonly required: boolean; readonly content: readonly Content[] } | null
  /** By status: `200`, `2XX`, `default`. */
  readonly answers: ReadonlyMap<string, readonly Content[]>
}

/** An operation, and what of a path its parameters are. */
export type FoundOperation = { readonly operation: Operation; readonly path: Readonly<Record<string, string>> }

export type Operations = {
  readonly all: readonly Operation[]
  readonly find: (method: string, path: string) => FoundOperation | null
}

export type OperationFault = { readonly pointer: string; readonly message: string }

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const
type Directions = { readonly request: Schemas; readonly response: Schemas | null }

/**
 * Puts every operation of a document together, with its schemas compiled.
 *
 * @param isWanted which operations are of interest, by method and path
 * @param faults is told what of them cannot be read
 */
export function operationsOf(
  root: JsonObject,
  schemas: Directions,
  isWanted: (method: string, path: string) => boolean,
  faults: OperationFault[],
): Operations {
  const all: { operation: Operation; pattern: RegExp; names: readonly string[]; length: number }[] = []
  for (const [path, raw] of objectsIn(root.paths)) {
    const place = placeOf(root, raw, `/paths/${escapePointer(path)}`)
    const item = resolved(root, raw) ?? {}
    const template = templateOf(path)
    if (template === null) faults.push({ pointer: place, message: 'is a path that cannot be read' })
    for (const method of METHODS) {
      const operation = item[method]
      if (template === null || !isObject(operation) || !isWanted(method.toUpperCase(), path)) continue
      const pointer = `${place}/${method}`
      const lists = [
        [`${place}/parameters`, item.parameters],
        [`${pointer}/parameters`, operation.parameters],
      ] as const
      const made = madeOf(root, { method: method.toUpperCase(), path }, operation, pointer, lists, schemas, faults)
      all.push({ operation: made, ...template })
    }
  }
  // What is written out comes before what any text may stand for.
  all.sort((a, b) => a.names.length - b.names.length || b.operation.path.length - a.operation.path.length)
  const byShape = Map.groupBy(all, ({ operation, length }) => `${operation.method} ${length}`)
  return Object.freeze({
    all: all.map(({ operation }) => operation),
    find: (method: string, path: string) => {
      for (const { operation, pattern, names } of byShape.get(`${method} ${path.split('/').length}`) ?? []) {
        const found = pattern.exec(path)
        if (found !== null)
          return { operation, path: Object.fromEntries(names.map((name, i) => [name, found[i + 1] as string])) }
      }
      return null
    },
  })
}

function templateOf(path: string): { pattern: RegExp; names: readonly string[]; length: number } | null {
  if (!path.startsWith('/')) return null
  const names: string[] = []
  const segments = path.split('/').map((segment) => {
    const parts = segment.split(/\{([^{}]{1,128})\}/)
    // Two in one segment could be cut in many ways.
    if (parts.length > 5 || /[{}]/.test(parts.filter((_, i) => i % 2 === 0).join(''))) return null
    return parts
      .map((part, i) => {
        if (i % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
        names.push(part)
        return '([^/]+)'
      })
      .join('')
  })
  if (segments.includes(null)) return null
  return { pattern: new RegExp(`^${segments.join('/')}$`), names, length: segments.length }
}

function madeOf(
  root: JsonObject,
  { method, path }: { method: string; path: string },
  operation: JsonObject,
  pointer: string,
  lists: Parameters<typeof described>[1],
  { request, response }: Directions,
  faults: OperationFault[],
): Operation {
  const attempt = <T>(place: string, make: () => T): T[] => {
    try {
      return [make()]
    } catch (error) {
      faults.push({ pointer: place, message: String((error as Error).message).slice(0, 200) })
      return []
    }
  }
  const parameters = described(root, lists).flatMap(([place, it]) =>
    attempt(place, () => parameterOf(root, it, place, request)),
  )
  const body = resolved(root, operation.requestBody)
  const bodyPlace = placeOf(root, operation.requestBody, `${pointer}/requestBody`)
  const contents = (owner: JsonObject | undefined, place: string, schemas: Schemas) =>
    objectsIn(owner?.content).flatMap(([type, media]) =>
      attempt(place, () => contentOf(type, media, `${place}/content/${escapePointer(type)}`, schemas)),
    )
  const answers = response === null ? [] : Object.entries((operation.responses as JsonObject | undefined) ?? {})
  return Object.freeze({
    method,
    path,
    parameters,
    body: body === undefined ? null : { required: body.required === true, content: contents(body, bodyPlace, request) },
    answers: new Map(
      answers.map(([status, it]) => {
        const place = placeOf(root, it, `${pointer}/responses/${escapePointer(status)}`)
        return [status.toUpperCase(), contents(resolved(root, it), place, response as Schemas)]
      }),
    ),
  })
}

function contentOf(type: string, media: JsonObject, place: string, schemas: Schemas): Content {
  const { schema } = media
  const essence = type.split(';')[0]?.trim().toLowerCase() ?? ''
  const isRead = /[/+]json$/.test(essence) || essence === FORM || essence.includes('*')
  return { type: essence, schema, validate: schema === undefined || !isRead ? null : schemas(`${place}/schema`) }
}

/** What HTML forms send. */
export const FORM = 'application/x-www-form-urlencoded'

/** The content that a type is described by: itself, else its family, else any. */
export function contentFor(contents: readonly Content[], essence: string): Content | undefined {
  const family = `${essence.split('/')[0]}/*`
  return [essence, family, '*/*'].map((type) => contents.find((it) => it.type === type)).find((it) => it !== undefined)
}
