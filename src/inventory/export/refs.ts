import { isObject, type Json, type JsonObject } from '../../guard/index.ts'
import { modern } from './modern.ts'

/** A document whose parts are copied into another one. */
export type Source = { readonly document: string; readonly root: JsonObject; readonly version: '3.0' | '3.1' }

/** Copies parts of documents into one, with all that they refer to. */
export type Copying = {
  readonly copy: (value: Json, source: Source) => Json
  /** What was referred to, by kind and name. */
  readonly components: Readonly<Record<string, Readonly<Record<string, Json>>>>
}

/** @param several whether parts of several documents come together, whose names may be the same */
export function createCopying(several: boolean): Copying {
  const components: Record<string, Record<string, Json>> = Object.create(null)

  function copy(value: Json, source: Source, under = ''): Json {
    if (Array.isArray(value)) return value.map((inner: Json) => copy(inner, source))
    if (!isObject(value)) return value
    const { $ref } = value
    const made: Record<string, Json | undefined> = {}
    for (const [name, inner] of Object.entries(value)) {
      if (inner === undefined || leadsNowhere(inner, source)) continue
      if (name === '$ref' && typeof $ref === 'string') made.$ref = placed($ref, source)
      else if (name === 'examples' && isObject(inner) && !NAMED.has(under)) made.examples = examplesIn(inner, source)
      else made[name] = DATA.has(name) && !NAMED.has(under) ? inner : copy(inner, source, name)
    }
    return source.version === '3.0' ? modern(made) : made
  }

  // Named ones may stand elsewhere; what they hold is data.
  function examplesIn(examples: JsonObject, source: Source): JsonObject {
    const kept = Object.entries(examples).filter(([, example]) => !leadsNowhere(example, source))
    return Object.fromEntries(
      kept.map(([name, example]) => {
        const $ref = isObject(example) ? example.$ref : undefined
        return [name, typeof $ref === 'string' ? { $ref: placed($ref, source) } : example]
      }),
    )
  }

  function placed(reference: string, source: Source): string {
    const [, kind, name] = COMPONENT.exec(reference) ?? []
    const value = kind === undefined || name === undefined ? undefined : componentOf(source.root, kind, name)
    if (kind === undefined || name === undefined || value === undefined) return reference
    const shown = several ? `${source.document}.${name}` : name
    components[kind] ??= {}
    const ofKind = components[kind]
    if (!Object.hasOwn(ofKind, shown)) {
      // Entered first, so that what refers to itself comes to an end.
      ofKind[shown] = true
      ofKind[shown] = copy(value, source)
    }
    return `#/components/${kind}/${shown}`
  }

  return Object.freeze({ copy, components })
}

const COMPONENT = /^#\/components\/([^/]+)\/([^/]+)$/

// What examples hold is data, unless it is somebody’s name for something else.
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'value'])
const NAMED = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'responses',
  'content',
  'headers',
  'links',
  'callbacks',
  'encoding',
])

// Headers, links and examples are read by nobody before, so that nobody saw what they refer to.
function leadsNowhere(value: Json | undefined, { root }: Source): boolean {
  if (!isObject(value) || typeof value.$ref !== 'string') return false
  const [, kind, name] = COMPONENT.exec(value.$ref) ?? []
  return kind === undefined || name === undefined || componentOf(root, kind, name) === undefined
}

function componentOf(root: JsonObject, kind: string, name: string): Json | undefined {
  const components = root.components as JsonObject | undefined
  const ofKind = components?.[kind]
  const plain = name.replaceAll('~1', '/').replaceAll('~0', '~')
  return isObject(ofKind) && Object.hasOwn(ofKind, plain) ? ofKind[plain] : undefined
}
