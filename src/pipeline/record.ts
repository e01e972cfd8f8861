import type { EventInput, Problem } from '../core/index.ts'
import type { Case } from './case.ts'
import type { Inbound } from './request.ts'

/** How an exchange ended. */
export type Ending = {
  readonly type: 'request.allowed' | 'request.denied' | 'request.failed'
  readonly code: string | null
  /** The stage that ended it. */
  readonly stage: string | null
  readonly reason: string | null
  readonly target?: string
}

export const ALLOWED: Ending = Object.freeze({ type: 'request.allowed', code: null, stage: null, reason: null })

/** How an exchange ends with a problem. */
export function endingOf(
  type: Ending['type'],
  { code, eventCode = code, reason }: Problem,
  stage: string,
  target?: string,
): Ending {
  const ending = { type, code: eventCode, stage, reason: reason ?? null }
  return target === undefined ? ending : { ...ending, target }
}

/** Whether a problem says that the request was refused, or that we could not answer it. */
export function typeOf({ status }: Problem): 'request.denied' | 'request.failed' {
  return status >= 500 && status !== 501 ? 'request.failed' : 'request.denied'
}

const OUTCOMES = { 'request.allowed': 'success', 'request.denied': 'denied', 'request.failed': 'failure' } as const

const LONGEST_PATH = 1024
const LONGEST_TEXT = 256
// Shorter than any credential; most segments of a path are.
const SHORTEST_CREDENTIAL = 20
const REMOVED = '[removed]'

/** The Event of an exchange, from what was known of it when it ended. */
export function toEvent(ending: Ending, facts: Omit<EventInput, 'type' | 'outcome' | 'code' | 'details'>): EventInput {
  return {
    ...facts,
    type: ending.type,
    outcome: OUTCOMES[ending.type],
    code: ending.code,
    details: ending.type === 'request.allowed' ? null : detailsOf(ending),
  }
}

function detailsOf({ type, stage, reason, target }: Ending): EventInput['details'] & object {
  const details = { stage, reason: reason === null ? null : reason.slice(0, LONGEST_TEXT) }
  return type === 'request.failed' && target !== undefined ? { ...details, target } : details
}

/** What is known of who asked for what, in the words of an Event. */
export function factsOf(
  inbound: Inbound | null,
  of: Case | null,
  looksLikeCredential: (text: string) => boolean,
): Facts {
  const principal = of?.principal ?? null
  const request = inbound?.request
  return {
    principalKind: principal?.kind ?? null,
    principal: principal?.id ?? null,
    credential: of?.credential ?? null,
    organization: principal?.organization ?? null,
    address: request?.client.text ?? null,
    userAgent: writableText(request?.header('user-agent'), looksLikeCredential),
    route: of?.route?.identity.id ?? null,
    resource: request === undefined ? null : writablePath(request.path, looksLikeCredential),
  }
}

type Facts = Pick<
  EventInput,
  'principalKind' | 'principal' | 'credential' | 'organization' | 'address' | 'userAgent' | 'route' | 'resource'
>

/** A path as it may be written down: bounded, and without segments that look like a credential. */
export function writablePath(path: string, looksLikeCredential: (text: string) => boolean): string {
  const bounded = path.length > LONGEST_PATH ? path.slice(0, LONGEST_PATH) : path
  if (bounded.length < SHORTEST_CREDENTIAL) return bounded
  const segments = bounded.split('/')
  let changed = false
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as string
    if (segment.length < SHORTEST_CREDENTIAL || !looksLikeCredential(segment)) continue
    segments[i] = REMOVED
    changed = true
  }
  return changed ? segments.join('/') : bounded
}

/** A text of the client as it may be written down: bounded, and not at all when a word of it looks like a credential. */
export function writableText(text: string | undefined, looksLikeCredential: (text: string) => boolean): string | null {
  if (text === undefined) return null
  const bounded = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text
  if (bounded.length < SHORTEST_CREDENTIAL) return bounded
  for (const word of bounded.split(/[\s;,()]+/)) {
    if (word.length >= SHORTEST_CREDENTIAL && looksLikeCredential(word)) return REMOVED
  }
  return bounded
}
