import type { ServerResponse } from 'node:http'
import { type Problem, toProblemDocument } from '../core/index.ts'
import { withheld } from './header-rules.ts'

/** What every answer carries besides its own headers. */
export type Envelope = {
  readonly requestId: string
  /** Headers that steps asked for: names and values in turn. */
  readonly notes: readonly string[]
  /** Whether the connection ends after this answer. */
  readonly last: boolean
}

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

/** Writes a problem as the whole answer (RFC 9457). Returns the bytes of its body. */
export function writeProblem(response: ServerResponse, problem: Problem, envelope: Envelope): number {
  const { body, lines } = problemAnswer(problem, envelope)
  response.writeHead(problem.status, lines)
  response.write(body)
  return body.length
}

/** A problem as bytes for a socket that has no response object: a request that could not be parsed. */
export function rawProblem(problem: Problem, requestId: string): string {
  const { body, lines } = problemAnswer(problem, { requestId, notes: [], last: true })
  let head = `HTTP/1.1 ${problem.status} ${problem.title}\r\n`
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`
  return `${head}\r\n${body}`
}

function problemAnswer(problem: Problem, envelope: Envelope): { body: Buffer; lines: string[] } {
  const body = Buffer.from(JSON.stringify(toProblemDocument(problem, envelope.requestId)))
  const own = problem.headers ?? {}
  const notes = envelope.notes.filter((_, i) => !Object.hasOwn(own, envelope.notes[i & ~1] as string))
  const lines = [
    'content-type',
    'application/problem+json',
    'content-length',
    String(body.length),
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
  ]
  for (const name in own) lines.push(name, own[name] as string)
  if (problem.retryAfter !== undefined) lines.push('retry-after', String(problem.retryAfter))
  addEnvelope(lines, { ...envelope, notes })
  return { body, lines }
}

function addEnvelope(lines: string[], { requestId, notes, last }: Envelope): void {
  for (let i = 0; i < notes.length; i++) lines.push(notes[i] as string)
  lines.push('x-request-id', requestId)
  if (last) lines.push('connection', 'close')
}

function listedNames(connection: string | readonly string[]): readonly string[] | null {
  if (connection === 'keep-alive' || connection === 'close') return null
  const text = typeof connection === 'string' ? connection : connection.join(',')
  return text.split(',').map((name) => name.trim().toLowerCase())
}
