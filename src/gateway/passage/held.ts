import type { Exchange, Problem } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'
import type { AnswerHead, AnswerRule, AnswerRuling, WholeAnswer } from './rules.ts'
import type { AnswerHeaders } from './writer.ts'

/** An answer that nobody sees yet, because rules are about it. */
export type Withholding = {
  /** Bytes. */
  readonly maxBody: number
  readonly judge: (answer: WholeAnswer) => AnswerRuling
  /** What becomes of it once more came than that: refused, held on for other rules, or null: it goes on as it comes. */
  readonly outgrown: (start: () => Buffer, received: number) => Withholding | Problem | null
}

/**
 * Looks at the head of an answer and says whether it is held.
 *
 * @returns null where no rule is about such an answer; a problem where one refuses it already
 */
export function withholding(
  exchange: Exchange,
  rules: readonly AnswerRule[],
  status: number,
  headers: AnswerHeaders,
): Withholding | Problem | null {
  const about = rules.filter(({ from = 0 }) => status >= from)
  return about.length === 0 ? null : look(exchange, about, headOf(status, headers))
}

function look(exchange: Exchange, rules: readonly AnswerRule[], head: AnswerHead): Withholding | Problem | null {
  const concerned: AnswerRule[] = []
  for (const rule of rules) {
    const seen = rule.look?.(exchange, head) ?? 'read'
    if (seen === 'read') concerned.push(rule)
    else if (seen !== 'pass') return seen
  }
  return held(exchange, concerned, head)
}

function held(exchange: Exchange, rules: readonly AnswerRule[], head: AnswerHead): Withholding | null {
  if (rules.length === 0) return null
  return {
    maxBody: Math.min(...rules.map(({ maxBody }) => maxBody)),
    judge: (answer) => judgeInTurn(exchange, rules, answer),
    outgrown: (start, received) => {
      const outgrown = rules.filter(({ maxBody }) => maxBody < received)
      for (const rule of outgrown) {
        const problem = problemOfLarge(exchange, rule, { ...head, bytes: Buffer.alloc(0) }, start)
        if (problem !== null) return problem
      }
      return held(
        exchange,
        rules.filter((rule) => !outgrown.includes(rule)),
        head,
      )
    },
  }
}

function problemOfLarge(exchange: Exchange, rule: AnswerRule, answer: WholeAnswer, start: () => Buffer) {
  if (rule.larger === 'pass') return null
  if (rule.larger !== 'start')
    return refuseRequest('UPSTREAM_ANSWER_TOO_LARGE', { reason: `over ${rule.maxBody} bytes` })
  const ruling = rule.judge(exchange, { ...answer, bytes: start().subarray(0, rule.maxBody) })
  return ruling.is === 'deny' ? ruling.problem : null
}

function judgeInTurn(exchange: Exchange, rules: readonly AnswerRule[], answer: WholeAnswer): AnswerRuling {
  let bytes: Buffer | null = null
  for (const rule of rules) {
    const ruling = rule.judge(exchange, bytes === null ? answer : { ...answer, bytes })
    if (ruling.is === 'deny') return ruling
    if (ruling.is === 'body') bytes = ruling.bytes
  }
  return bytes === null ? SAME : { is: 'body', bytes }
}

const SAME: AnswerRuling = Object.freeze({ is: 'same' })

/** The head and the pieces of an answer that is held. */
export class Held {
  readonly status: number
  readonly headers: AnswerHeaders
  pieces: Buffer[] = []
  #received = 0
  #withholding: Withholding

  constructor(status: number, headers: AnswerHeaders, withholding: Withholding) {
    this.status = status
    this.headers = headers
    this.#withholding = withholding
  }

  /** Takes a piece. A problem refuses the answer; `all` lets go on everything that was held. */
  take(piece: Buffer): 'holds' | 'all' | Problem {
    this.#received += piece.length
    this.pieces.push(piece)
    while (this.#received > this.#withholding.maxBody) {
      const next = this.#withholding.outgrown(() => Buffer.concat(this.pieces), this.#received)
      if (next === null) return 'all'
      if ('code' in next) return next
      this.#withholding = next
    }
    return 'holds'
  }

  judge(): { readonly ruling: AnswerRuling; readonly bytes: Buffer } {
    const bytes = Buffer.concat(this.pieces)
    return { ruling: this.#withholding.judge({ ...headOf(this.status, this.headers), bytes }), bytes }
  }
}

/** What rules see of the head of an answer. */
function headOf(status: number, headers: AnswerHeaders): AnswerHead {
  const header = (name: string) => one(headers[name])
  return { status, type: header('content-type'), encoding: header('content-encoding'), header }
}

// Two of them say nothing that can be relied on.
function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : 'several'
}
