import { isObject, type JsonObject, objectsIn, resolved } from '../../guard/index.ts'

/** An operation as a document has it. */
export type ImportedOperation = {
  readonly method: string
  readonly path: string
  readonly item: JsonObject
  readonly operation: JsonObject
}

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const

/** Every operation of a document, in its order. */
export function operationsIn(root: JsonObject): ImportedOperation[] {
  return objectsIn(root.paths).flatMap(([path, raw]) => {
    const item = resolved(root, raw) ?? {}
    return METHODS.flatMap((method) => {
      const operation = item[method]
      return isObject(operation) ? [{ method: method.toUpperCase(), path, item, operation }] : []
    })
  })
}

/** How an operation is called where people are told of it. */
export function nameOf({ method, path }: Pick<ImportedOperation, 'method' | 'path'>): string {
  return `${method} ${path}`
}

/** The base of all paths, from the first server of a document. Null where there is none, or where it cannot be told. */
export function baseOf(root: JsonObject): string | null {
  const [first] = Array.isArray(root.servers) ? root.servers : []
  if (!isObject(first) || typeof first.url !== 'string') return null
  const variables = new Map(objectsIn(first.variables).map(([name, it]) => [name, String(it.default ?? '')]))
  const url = first.url.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => variables.get(name) ?? '')
  try {
    const base = new URL(url, 'http://here.invalid').pathname.replace(/\/+$/, '')
    return base === '' ? null : base
  } catch {
    return null
  }
}
