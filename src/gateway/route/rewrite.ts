import { headerFault } from '../../core/index.ts'
import { encodePath } from '../../pipeline/index.ts'
import type { AnswerHeaders } from '../passage/writer.ts'
import type { HeaderChangeSettings, RouteSettings } from '../settings.ts'

/** What a route changes of requests and answers, made ready when it is loaded. Null where it changes nothing. */
export type Rewrite = {
  /** The path that the upstream is asked for, instead of the one that came. */
  readonly path: ((wire: string) => string) | null
  readonly host: string | null
  readonly request: ((lines: string[], wire: string) => string[]) | null
  readonly answer: ((headers: AnswerHeaders, wire: string) => AnswerHeaders) | null
}

/** A text with holes, by the place of the path's part that fills them. */
type Template = (parts: readonly string[]) => string

type Lines = readonly (readonly [name: string, value: Template])[]
type Changes = { readonly gone: ReadonlySet<string>; readonly written: Lines }

const NO_CHANGES: HeaderChangeSettings = { set: {}, add: {}, remove: [] }
// What may be in a header's value (RFC 9110, section 5.5), without what is not ASCII.
const VALUE = /^[\x20-\x7e]*$/
const HOST = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:\d{1,5})?$/
const HOLE = /\{([^{}]*)\}/g

/**
 * Makes the changes of a route ready.
 *
 * @throws Error for a header that no route may write, a value that no header can have, a parameter that the path does
 *   not have, or a host that is none
 */
export function loadRewrite({ match, rewrite }: RouteSettings): Rewrite | null {
  if (rewrite === undefined) return null
  const { path = null, host = null, headers } = rewrite
  if (host !== null && !HOST.test(host)) throw new Error(`rewrite.host ${host} is no host`)
  if (path !== null && rewrite.stripPrefix !== null)
    throw new Error('rewrite.path and rewrite.stripPrefix exclude each other')
  const request = readChanges(headers?.request ?? NO_CHANGES, match.path)
  const answer = readChanges(headers?.response ?? NO_CHANGES, match.path)
  if (path === null && host === null && request === null && answer === null) return null
  return Object.freeze({
    path: path === null ? null : pathTemplate(path, match.path),
    host,
    request: request === null && host === null ? null : requestChange(request ?? NOTHING, host),
    answer: answer === null ? null : answerChange(answer),
  })
}

const NOTHING: Changes = { gone: new Set(), written: [] }

function pathTemplate(text: string, routePath: string): (wire: string) => string {
  if (!text.startsWith('/')) throw new Error('rewrite.path must start with "/"')
  const endsInRest = text.endsWith('/**')
  if (endsInRest && !routePath.endsWith('/**')) throw new Error('rewrite.path ends in "/**", and the path does not')
  const before = routePath.split('/').length - 1
  const fill = readTemplate(endsInRest ? text.slice(0, -3) : text, routePath, encodePath)
  return (wire) => {
    const parts = wire.split('/')
    const rest = endsInRest ? parts.slice(before).map((part) => `/${part}`) : []
    return fill(parts) + rest.join('') || '/'
  }
}

/** Holes are filled with the parts of the path as they are sent on: encoded, so that nothing in them can end a value. */
function readTemplate(text: string, routePath: string, plain: (text: string) => string): Template {
  const pieces = text.split(HOLE)
  const known = routePath.split('/')
  const filled = pieces.map((piece, i) => {
    if (i % 2 === 0) {
      if (/[{}*]/.test(piece)) throw new Error(`rewrite has "${piece}", which is neither plain nor a {parameter}`)
      return plain(piece)
    }
    const place = known.indexOf(`{${piece}}`)
    if (place === -1) throw new Error(`rewrite has {${piece}}, which is no parameter of ${routePath}`)
    return place
  })
  if (filled.length === 1) return () => filled[0] as string
  return (parts) => filled.map((piece) => (typeof piece === 'string' ? piece : parts[piece])).join('')
}

function readChanges({ set, add, remove }: HeaderChangeSettings, routePath: string): Changes | null {
  const written = [...Object.entries(set), ...Object.entries(add)].map(([name, value]) => {
    allow(name, 'write')
    if (!VALUE.test(value)) throw new Error(`the value of ${name} can not be in a header`)
    return [name.toLowerCase(), readTemplate(value, routePath, (text) => text)] as const
  })
  for (const name of remove) allow(name, 'remove')
  const gone = new Set([...Object.keys(set), ...remove].map((name) => name.toLowerCase()))
  return written.length === 0 && gone.size === 0 ? null : { gone, written }
}

function allow(name: string, use: 'write' | 'remove'): void {
  const wrong = headerFault(name, use)
  if (wrong !== null) throw new Error(`header ${name} ${wrong}`)
}

function requestChange({ gone, written }: Changes, host: string | null): NonNullable<Rewrite['request']> {
  return (lines, wire) => {
    const kept = gone.size === 0 ? lines : lines.filter((_, i) => !gone.has(lines[i & ~1] as string))
    const parts = wire.split('/')
    for (const [name, value] of written) kept.push(name, value(parts))
    if (host !== null) kept.push('host', host)
    return kept
  }
}

function answerChange({ gone, written }: Changes): NonNullable<Rewrite['answer']> {
  return (headers, wire) => {
    const parts = wire.split('/')
    const changed = Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name)))
    for (const [name, value] of written) {
      const before = changed[name]
      changed[name] = before === undefined ? value(parts) : [before, value(parts)].flat()
    }
    return changed
  }
}
