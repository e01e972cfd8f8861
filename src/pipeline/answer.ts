import type { ServerResponse } from 'node:http'
import { type Problem, toProblemDocument } from '../core/index.ts'

/** What every answer carries besides its own headers. */
export type Envelope = {
  readonly requestId: string
  /** Headers that all answers of this place carry: names and values in turn. */
  readonly head?: readonly string[]
  /** Headers that steps asked for: names and values in turn. */
  readonly notes: readonly string[]
  /** Whether the connection ends after this answer. */
  readonly last: boolean
}

/** Writes a problem as the whole answer (RFC 9457). Returns the bytes of its body. */
export function writeProblem(response: ServerResponse, problem: Problem, envelope: Envelope): number {
  const { body, lines } = problemAnswer(problem, envelope)
  response.writeHead(problem.status, lines)
  response.write(body)
  return body.length
}

/** A problem as it is written: the bytes of its body, and the lines of its head, names and values in turn. */
export function problemAnswer(problem: Problem, envelope: Envelope): { body: Buffer; lines: string[] } {
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

/** Adds the envelope to the lines of a head. */
export function addEnvelope(lines: string[], { requestId, head, notes, last }: Envelope): void {
  if (head !== undefined) for (const line of head) lines.push(line)
  for (let i = 0; i < notes.length; i++) lines.push(notes[i] as string)
  lines.push('x-request-id', requestId)
  if (last) lines.push('connection', 'close')
}
