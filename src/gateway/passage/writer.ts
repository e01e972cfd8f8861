import type { Problem } from '../../core/index.ts'
import { addEnvelope, type Envelope, problemAnswer } from '../../pipeline/index.ts'
import { type Answering, type Front, UNREAD, writeFront } from './front.ts'

/** The headers of an upstream's answer, as undici gives them. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What is written around what the upstream says. */
export type Around = Envelope & { readonly front: Front; readonly to: Omit<Answering, 'headers'> }

/**
 * Builds the head of a forwarded answer, names and values in turn: the upstream's headers without those that concern
 * one connection or tell what runs inside; then what the gateway says for the route, notes and request id, which
 * replace what the upstream says under the same names. Several lines of one header (`Set-Cookie`) stay several.
 */
export function answerHead(status: number, headers: AnswerHeaders, around: Around): string[] {
  const lines: string[] = []
  const { notes, front, to } = around
  const { withheld } = front
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
  const { request, https, known } = to
  writeFront(lines, front, { request, https, known, headers })
  addEnvelope(lines, around)
  return lines
}

/** The head of an answer of ours that has no body. */
export function bareHead(lines: readonly string[], { front, to, ...envelope }: Around): string[] {
  const head = writeFront([...lines], front, { ...to, headers: null })
  addEnvelope(head, envelope)
  return head
}

/** What is written around a problem. */
export function aroundProblem({ front, to, ...envelope }: Around): Envelope {
  return { ...envelope, head: writeFront([], front, { ...to, headers: null }) }
}

/** A problem as bytes for a socket that has no response object: a request that could not be parsed. */
export function rawProblem(problem: Problem, requestId: string, front: Front): string {
  const head = writeFront([], front, UNREAD)
  const { body, lines } = problemAnswer(problem, { requestId, notes: [], last: true, head })
  let text = `HTTP/1.1 ${problem.status} ${problem.title}\r\n`
  for (let i = 0; i < lines.length; i += 2) text += `${lines[i]}: ${lines[i + 1]}\r\n`
  return `${text}\r\n${body}`
}

function listedNames(connection: string | readonly string[]): readonly string[] | null {
  if (connection === 'keep-alive' || connection === 'close') return null
  const text = typeof connection === 'string' ? connection : connection.join(',')
  return text.split(',').map((name) => name.trim().toLowerCase())
}
