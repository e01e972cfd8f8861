import type { Problem } from '../core/index.ts'
import { addEnvelope, type Envelope, problemAnswer } from '../pipeline/index.ts'
import { withheld } from './withheld.ts'

/** The headers of an upstream's answer, as undici gives them. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/**
 * Builds the head of a forwarded answer, names and values in turn: the upstream's headers without those that concern
 * one connection or tell what runs inside; then notes and request id, which replace what the upstream says under the
 * same names. Several lines of one header (`Set-Cookie`) stay several.
 */
export function answerHead(status: number, headers: AnswerHeaders, envelope: Envelope): string[] {
  const lines: string[] = []
  const { notes } = envelope
  const listed = headers.connection === undefined ? null : listedNames(headers.connection)
  // With both, the length would lie (RFC 9112, section 6.3).
  const lengthless = status === 204 || headers['transfer-encoding'] !== undefined
  for (const name in headers) {
    if (withheld.has(name) || (lengthless && name === 'content-length')) continue
    if ((notes.length > 0 && notes.includes(name)) || listed?.includes(name) === true) continue
    const value = headers[name]
    if (typeof value === 'string') lines.push(name, value)
    else for (const one of value ?? []) lines.push(name, one)
  }
  addEnvelope(lines, envelope)
  return lines
}

/** A problem as bytes for a socket that has no response object: a request that could not be parsed. */
export function rawProblem(problem: Problem, requestId: string): string {
  const { body, lines } = problemAnswer(problem, { requestId, notes: [], last: true })
  let head = `HTTP/1.1 ${problem.status} ${problem.title}\r\n`
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`
  return `${head}\r\n${body}`
}

function listedNames(connection: string | readonly string[]): readonly string[] | null {
  if (connection === 'keep-alive' || connection === 'close') return null
  const text = typeof connection === 'string' ? connection : connection.join(',')
  return text.split(',').map((name) => name.trim().toLowerCase())
}
