import { type Json, type JsonObject, objectsIn } from '../../guard/index.ts'

/** Kinds of credentials that a route can take. */
export const KINDS = ['apiKey', 'jwt', 'opaque', 'dpop', 'mtls', 'session'] as const
export type Kind = (typeof KINDS)[number]

/** What a document says about who may call an operation. */
export type Security =
  | { readonly is: 'asks'; readonly kinds: readonly Kind[]; readonly scopes: readonly string[]; readonly notes: Notes }
  /** It says in words that everybody may. */
  | { readonly is: 'public' }
  /** It says nothing. */
  | { readonly is: 'silent' }
  | { readonly is: 'unmapped'; readonly reason: string }

type Notes = readonly string[]

/** RFC 6749, section 3.3: scope-token. */
const SCOPE = /^[\u0021\u0023-\u005b\u005d-\u007e]{1,128}$/

/** Reads what operations of a document ask for. `chosen` says for schemes by name which credentials they are. */
export function securityOf(
  root: JsonObject,
  chosen: ReadonlyMap<string, readonly Kind[]>,
): (operation: JsonObject) => Security {
  const components = root.components as JsonObject | undefined
  const schemes = new Map(objectsIn(components?.securitySchemes))
  const kindsOf = (name: string): readonly Kind[] | null => {
    const scheme = schemes.get(name)
    return chosen.get(name) ?? (scheme === undefined ? null : kindsOfScheme(scheme))
  }
  return (operation) => {
    const wanted = operation.security ?? root.security
    if (wanted === undefined) return { is: 'silent' }
    const ways = (wanted as readonly Json[]).map((way) => Object.entries(way as JsonObject))
    if (ways.length === 0 || ways.some((way) => way.length === 0)) return { is: 'public' }
    return asked(ways as Ways, kindsOf, schemes)
  }
}

type Ways = readonly (readonly [string, readonly string[]][])[]

function asked(
  ways: Ways,
  kindsOf: (name: string) => readonly Kind[] | null,
  schemes: ReadonlyMap<string, JsonObject>,
): Security {
  const several = ways.find((way) => way.length > 1)
  if (several !== undefined)
    return { is: 'unmapped', reason: `asks for ${several.map(([name]) => name).join(' and ')} at once` }
  const single = ways.flat()
  const unknown = single.find(([name]) => kindsOf(name) === null)?.[0]
  if (unknown !== undefined)
    return { is: 'unmapped', reason: `asks for ${unknown}, which is no credential of ours; say with --security which` }
  const scopes = [...new Set(single.flatMap(([, names]) => names))]
  const odd = scopes.find((scope) => !SCOPE.test(scope))
  if (odd !== undefined) return { is: 'unmapped', reason: `asks for ${JSON.stringify(odd)}, which can be no scope` }
  const kinds = [...new Set(single.flatMap(([name]) => kindsOf(name) ?? []))]
  return { is: 'asks', kinds, scopes, notes: notesOn(single, scopes, schemes) }
}

// A key in an address ends up in logs: that is for the operator to allow, not for the document.
function notesOn(
  single: Ways[number],
  scopes: readonly string[],
  schemes: ReadonlyMap<string, JsonObject>,
): readonly string[] {
  const inQuery = single.find(([name]) => schemes.get(name)?.in === 'query')?.[0]
  const differ = single.some(([, names]) => names.length !== scopes.length)
  return [
    ...(inQuery === undefined ? [] : [`${inQuery} is a key in the query: it is taken in headers alone`]),
    ...(differ && scopes.length > 0 ? [`${scopes.join(' and ')} are asked of every credential`] : []),
  ]
}

function kindsOfScheme({ type, scheme, bearerFormat, in: place }: JsonObject): readonly Kind[] | null {
  if (type === 'apiKey') return place === 'header' || place === 'query' ? ['apiKey'] : null
  if (type === 'oauth2' || type === 'openIdConnect') return ['jwt', 'opaque']
  if (type !== 'http' || String(scheme).toLowerCase() !== 'bearer') return null
  return /jwt/i.test(String(bearerFormat ?? '')) ? ['jwt'] : ['jwt', 'opaque']
}
