import type { Problem } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What an error is called in an Event. */
export function reasonOf(error: Error): string {
  return codeOf(error) || error.name
}

const MALFORMED = /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_|RESPONSE))/

// undici has no code of its own for these two.
const BAD: ReadonlySet<string> = new Set(['bad response', 'bad upgrade'])

/** Whether the upstream answered what is not HTTP. */
export function isMalformed(error: Error): boolean {
  return MALFORMED.test(codeOf(error)) || error.name === 'HTTPParserError' || BAD.has(error.message)
}

/** Whether the upstream could not be reached, or closed without a word. */
export function isUnreachable(error: Error): boolean {
  return !isMalformed(error) && codeOf(error) !== 'UND_ERR_INVALID_ARG'
}

/** What a client is told. */
export function problemOf(error: Error): Problem {
  const code = codeOf(error)
  const reason = reasonOf(error)
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return refuseRequest('UPSTREAM_TIMEOUT', { reason })
  // A value that undici will not write and node let in: the client's doing, as ours are checked.
  if (code === 'UND_ERR_INVALID_ARG') return refuseRequest('REQUEST_MALFORMED', { reason })
  if (isUnreachable(error)) return refuseRequest('UPSTREAM_UNAVAILABLE', { reason })
  return refuseRequest('UPSTREAM_ANSWER_INVALID', { reason })
}
