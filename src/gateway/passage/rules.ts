import type { Exchange, Problem } from '../../core/index.ts'

/** A body that was read to its end, and what its headers say of it. */
export type WholeBody = {
  readonly type: string | undefined
  readonly encoding: string | undefined
  readonly bytes: Buffer
}
export type WholeAnswer = WholeBody & {
  readonly status: number
  readonly header: (name: string) => string | undefined
}

/** What goes on in its place, or why nothing does. */
export type Ruling =
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'deny'; readonly problem: Problem }

export type AnswerHead = Omit<WholeAnswer, 'bytes'>

/** What goes on in place of an answer, or that it goes on as it is, or why nothing does. */
export type AnswerRuling = Ruling | { readonly is: 'same' }

/** What is made of an upstream's answer before anybody sees it. It must be read for that. */
export type AnswerRule = {
  readonly name: string
  readonly maxBody: number
  /** The lowest status that it is about; every one unless this is said. */
  readonly from?: number
  /** Whether the upstream must be asked for the whole answer, not compressed. */
  readonly whole: boolean
  /** Whether such an answer has to be read, goes on as it comes, or is refused already. All are read unless this is said. */
  readonly look?: (exchange: Exchange, head: AnswerHead) => 'read' | 'pass' | Problem
  /** What becomes of one over `maxBody`: it is refused unless said otherwise, judged by its start, or goes on unseen. */
  readonly larger?: 'start' | 'pass'
  readonly judge: (exchange: Exchange, answer: WholeAnswer) => AnswerRuling
}

/** A request's body as its rules see it. */
export type RuledBody = WholeBody & {
  /** The JSON value in it, parsed once however many rules ask. @throws SyntaxError */
  readonly json: () => unknown
}

/** What is made of a request's body before the upstream sees it. */
export type BodyRule = {
  readonly name: string
  /** What it lets go on is as it was written, not compressed. */
  readonly unpacks?: boolean
  readonly judge: (exchange: Exchange, body: RuledBody) => Ruling
}

/** What is asked of a body when every rule let it go on: it may take time, and changes nothing. */
export type LastRule = {
  readonly name: string
  readonly judge: (exchange: Exchange, body: RuledBody) => Promise<Problem | null>
}

/** What a route makes of bodies. */
export type RouteRules = {
  /** In their order: each sees what the one before it let go on. */
  readonly body: readonly BodyRule[]
  /** Only where there are others: without them a step asks. */
  readonly last?: LastRule | null
  /** What the upstream sees of the query. */
  readonly query: ((query: string) => string) | null
  /** Asked about the answer to a GET of the same path, before a request is sent that changes something. */
  readonly before: AnswerRule | null
  /** In their order: each sees what the one before it let go on. */
  readonly answer: readonly AnswerRule[]
}

export const NO_RULES: RouteRules = Object.freeze({ body: [], query: null, before: null, answer: [] })

// Ways to be answered with a part, with nothing, or with what would have to be unpacked first.
const PARTIAL: ReadonlySet<string> = new Set([
  'accept-encoding',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
])
const OF_BODY = /^(content-|expect$|digest$)/

/** The headers of a request whose answer is read whole. `if-match` stays where something is changed. */
export function askingForWhole(headers: readonly string[], safe: boolean): string[] {
  const kept = without(headers, (name) => PARTIAL.has(name) && (safe || !/^if-(match|unmodified)/.test(name)))
  return [...kept, 'accept-encoding', 'identity']
}

/** The headers of the GET that asks for what a request is about to change. */
export function askingBefore(headers: readonly string[]): string[] {
  return askingForWhole(
    without(headers, (name) => OF_BODY.test(name)),
    true,
  )
}

/**
 * The headers of a request whose body was read here: its length is told anew, its encoding if it was unpacked, and no digest of
 * other bytes.
 */
export function ofRuledBody(headers: readonly string[], rules: readonly BodyRule[], changed: boolean): string[] {
  const unpacked = rules.some(({ unpacks }) => unpacks === true)
  const stale = (name: string) =>
    name === 'content-length' || (unpacked && name === 'content-encoding') || (changed && name === 'content-digest')
  return without(headers, stale)
}

/** A body whose JSON is parsed when first asked for. */
export function ruledBody(body: WholeBody): RuledBody {
  let parsed: { readonly value: unknown } | null = null
  return {
    ...body,
    json: () => {
      parsed ??= { value: JSON.parse(body.bytes.toString()) as unknown }
      return parsed.value
    },
  }
}

function without(lines: readonly string[], isLeft: (name: string) => boolean): string[] {
  return lines.filter((_, i) => !isLeft(lines[i & ~1] as string))
}

// They tell of the bytes that the upstream sent, or let others keep an answer that is for one caller.
const OF_BYTES: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'cache-control',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'expires',
  'last-modified',
  'repr-digest',
])

/** The head of an answer whose body is another than the upstream sent. */
export function headOfRuled(lines: readonly string[], status: number, bytes: Buffer): string[] {
  const kept = without(lines, (name) => OF_BYTES.has(name) || (bytes.length === 0 && name === 'content-type'))
  const length = status === 204 || status === 304 ? [] : ['content-length', String(bytes.length)]
  return [...kept, ...length, 'cache-control', 'private, no-store']
}
