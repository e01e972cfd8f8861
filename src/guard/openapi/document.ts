import { createRequire } from 'node:module'
import { linearPattern } from './pattern.ts'
import { at, escapePointer, isObject, type Json, type JsonObject } from './tree.ts'

const require = createRequire(import.meta.url)
const yaml = (): typeof import('yaml') => require('yaml')

/** An OpenAPI document that was read and looked through. */
export type OpenApiDocument = { readonly version: '3.0' | '3.1'; readonly root: JsonObject }

/** What is wrong with a document, and where, as a JSON Pointer. */
export type DocumentFault = { readonly pointer: string; readonly message: string }

export type ReadDocument =
  | { readonly ok: true; readonly value: OpenApiDocument }
  | { readonly ok: false; readonly faults: readonly DocumentFault[] }

const MOST_BYTES = 16_777_216
const DEEPEST = 128
const MOST_FAULTS = 20

/**
 * Reads an OpenAPI document of version 3.0 or 3.1, in JSON or YAML, and looks for all that would go wrong with it later:
 * references that lead nowhere, out of the document or in a circle without end, and patterns that take more than linear time.
 *
 * @param text the whole document
 */
export function readDocument(text: string): ReadDocument {
  if (text.length > MOST_BYTES) return wrong('', `is larger than ${MOST_BYTES >> 20} MB`)
  let root: unknown
  try {
    root = /^\s*\{/.test(text) ? JSON.parse(text) : yaml().parse(text, { maxAliasCount: 100, logLevel: 'error' })
  } catch (error) {
    return wrong(
      '',
      `is neither JSON nor YAML: ${String((error as Error).message)
        .split('\n')[0]
        ?.slice(0, 200)}`,
    )
  }
  if (!isObject(root)) return wrong('', 'is not an object')
  const version = /^3\.([01])\.\d+/.exec(String(root.openapi ?? ''))?.[1]
  if (version === undefined) return wrong('/openapi', 'must be 3.0.x or 3.1.x; other versions are not read')
  const faults: DocumentFault[] = []
  look(root, root, '', 0, faults)
  if (faults.length > 0) return { ok: false, faults }
  return { ok: true, value: Object.freeze({ version: version === '0' ? '3.0' : '3.1', root }) }
}

function wrong(pointer: string, message: string): ReadDocument {
  return { ok: false, faults: [{ pointer, message }] }
}

// What examples hold is data: a `$ref` in there refers to nothing.
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'value'])
// Nothing of ours reads these.
const UNREAD = new Set(['headers', 'links', 'callbacks', 'webhooks'])

function look(
  root: JsonObject,
  value: Json | undefined,
  pointer: string,
  depth: number,
  faults: DocumentFault[],
): void {
  if (faults.length >= MOST_FAULTS || typeof value !== 'object' || value === null) return
  if (depth > DEEPEST) {
    faults.push({ pointer: pointer.slice(0, 200), message: `is nested deeper than ${DEEPEST}` })
    return
  }
  if (isObject(value)) lookAtObject(root, value, pointer, faults)
  for (const [name, inner] of Object.entries(value)) {
    const isName = /\/(properties|schemas|parameters|responses|\$defs)$/.test(pointer)
    if (isName || !(DATA.has(name) || UNREAD.has(name) || name.startsWith('x-')))
      look(root, inner as Json, `${pointer}/${escapePointer(name)}`, depth + 1, faults)
  }
}

function lookAtObject(root: JsonObject, value: JsonObject, pointer: string, faults: DocumentFault[]): void {
  const { $ref, pattern, patternProperties } = value
  if (typeof $ref === 'string') {
    const message = faultOfReference(root, $ref)
    if (message !== null) faults.push({ pointer: `${pointer}/$ref`, message })
  }
  const patterns = [
    ...(typeof pattern === 'string' ? [[`${pointer}/pattern`, pattern] as const] : []),
    ...(isObject(patternProperties)
      ? Object.keys(patternProperties).map(
          (name) => [`${pointer}/patternProperties/${escapePointer(name)}`, name] as const,
        )
      : []),
  ]
  for (const [place, source] of patterns) {
    const message = faultOfPattern(source)
    if (message !== null) faults.push({ pointer: place, message })
  }
}

function faultOfPattern(source: string): string | null {
  try {
    linearPattern(source)
    return null
  } catch (error) {
    if (error instanceof RangeError) return `is a pattern that ${error.message}`
    return 'is no regular expression'
  }
}

function faultOfReference(root: JsonObject, reference: string): string | null {
  if (reference === '#') return null
  if (!reference.startsWith('#/')) return 'refers to something outside of the document, which is not followed'
  if (at(root, reference.slice(1)) === undefined) return 'refers to something that is not there'
  return isEndless(root, reference) ? 'refers to itself in a circle, without anything between' : null
}

// Along these a value is judged again by another schema; a way back without a member or element between has no end.
const SAME = ['allOf', 'anyOf', 'oneOf'] as const

function isEndless(root: JsonObject, start: string): boolean {
  const open: string[] = [start]
  const seen = new Set<string>()
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    for (const next of nextOf(at(root, reference.slice(1)))) {
      if (next === start) return true
      if (!seen.has(next)) open.push(next)
      seen.add(next)
    }
  }
  return false
}

function nextOf(value: Json | undefined, depth = 0): string[] {
  if (!isObject(value) || depth > DEEPEST) return []
  const own = typeof value.$ref === 'string' && value.$ref.startsWith('#') ? [value.$ref] : []
  const parts = SAME.flatMap((name) => (Array.isArray(value[name]) ? (value[name] as readonly Json[]) : []))
  const others = [value.not, value.if, value.then, value.else]
  return [...own, ...[...parts, ...others].flatMap((part) => nextOf(part, depth + 1))]
}
