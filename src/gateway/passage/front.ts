import type { Problem, Request } from '../../core/index.ts'
import { withheld } from './withheld.ts'
import type { AnswerHeaders } from './writer.ts'

/** One answer, as far as its head depends on it. */
export type Answering = {
  /** Null where the request could not be read. */
  readonly request: Request | null
  /** Whether it came by https. */
  readonly https: boolean
  /** Whether a credential was shown and was good. */
  readonly known: boolean
  /** What the upstream said; null where the answer is ours alone. */
  readonly headers: AnswerHeaders | null
}

/** Something that is said in the head of every answer. */
export type HeadRule = {
  readonly name: string
  /** Headers of the upstream, in lower case, that are not passed on: the rule says of them what is to be said. */
  readonly replaces: readonly string[]
  /** Adds names and values in turn. */
  readonly write: (lines: string[], answering: Answering) => void
}

/** What the gateway says on behalf of a route, before and around what the upstream says. */
export type FrontParts = {
  readonly heads: readonly HeadRule[]
  /**
   * What is answered to a browser that asks whether a page may ask: lines to add, or why not (the Fetch standard, section
   * 3.3.4). Null where such a request is one like any other.
   */
  readonly preflight: ((request: Request) => { readonly lines: readonly string[] } | Problem) | null
  /** Whether the route is over, or hidden from who asks. Null where it is always there. */
  readonly absent: ((request: Request) => 'gone' | 'hidden' | null) | null
}

/** The same, loaded. */
export type Front = FrontParts & {
  /** Every header of an upstream that is not passed on. */
  readonly withheld: ReadonlySet<string>
}

/** Loads what is said on behalf of a route. */
export function loadFront(parts: FrontParts): Front {
  const replaced = parts.heads.flatMap(({ replaces }) => replaces)
  return Object.freeze({
    ...parts,
    withheld: replaced.length === 0 ? withheld : new Set([...withheld, ...replaced]),
  })
}

/** What is said where nobody says more. */
export const PLAIN_FRONT: FrontParts = Object.freeze({ heads: Object.freeze([]), preflight: null, absent: null })

/** Adds what is said in the head of every answer. */
export function writeFront(lines: string[], { heads }: Front, answering: Answering): string[] {
  for (let i = 0; i < heads.length; i++) heads[i]?.write(lines, answering)
  return lines
}

/** An answer to nothing that could be read. */
export const UNREAD: Answering = Object.freeze({ request: null, https: false, known: false, headers: null })
