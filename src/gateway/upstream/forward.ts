import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Problem } from '../../core/index.ts'
import { Held } from '../passage/held.ts'
import { headOfRuled } from '../passage/rules.ts'
import { type AnswerHeaders, answerHead } from '../passage/writer.ts'
import { refuseRequest } from '../problems.ts'
import type { Errand, ForwardingWatcher } from './errand.ts'
import { mayRepeat, mayRetry, mayTryAgain, type Try } from './repeat.ts'
import type { RetryReason } from './retries.ts'
import type { Target } from './upstream.ts'
import { isMalformed, isUnreachable, problemOf, reasonOf } from './upstream-errors.ts'

// As in gateway.ts: an import statement loads Node's fetch too.
const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http')

const SHORT = 16_384
/** Milliseconds before a target is asked once more that just failed. */
const PAUSE = 25

/**
 * One request on its way to an upstream and its answer on the way back: the handler that undici calls. A class,
 * because it is made for each request and its functions should not be.
 */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #errand: Errand
  readonly #response: ServerResponse
  readonly #watcher: ForwardingWatcher
  #target: Target | null = null
  #controller: Dispatcher.DispatchController | null = null
  #givenUp: Set<Dispatcher.DispatchController> | null = null
  #attempts = 0
  #over = false
  #began = false
  #headWritten = false
  #expected = -1
  #short: Buffer | null = null
  #received = 0
  #paused = false
  /** Events without an end of their own. */
  #streams = false
  /** An answer that is not to be seen yet. */
  #held: Held | null = null

  constructor(errand: Errand, response: ServerResponse, watcher: ForwardingWatcher) {
    this.#errand = errand
    this.#response = response
    this.#watcher = watcher
  }

  /** Sends the request. Every sending ends in exactly one of the watcher's last four. */
  send(): void {
    const { upstream } = this.#errand
    const target = upstream.pick()
    if (target === null) {
      this.#watcher.failed(upstream.refusal(), upstream.name)
      return
    }
    upstream.retries?.earn()
    this.#sendTo(target)
  }

  #sendTo(target: Target): void {
    const { method, headers, body, pathOn } = this.#errand
    this.#target = target
    this.#controller = null
    this.#attempts++
    target.waiting++
    target.pool.dispatch({ path: pathOn(target.base), method, headers, body }, this)
  }

  // Elsewhere where there is an elsewhere. The same target again is given a moment.
  #sendAgain(after: Target, atOnce = false): boolean {
    const { upstream } = this.#errand
    const target = (upstream.targets.length > 1 ? upstream.pick(after) : null) ?? upstream.pick()
    if (target === null) return false
    target.state.retries++
    this.#watcher.again()
    if (target !== after || atOnce) this.#sendTo(target)
    else setTimeout(() => this.#over || this.#sendTo(target), PAUSE * this.#attempts * (1 + Math.random()))
    return true
  }

  /**
   * The upstream does not answer in time. Whether the request is on its way once more.
   *
   * @param isTimeLeft whether the exchange as a whole may last longer
   */
  late(isTimeLeft: boolean): boolean {
    const target = this.#target
    if (this.#over || target === null) return false
    this.#errand.upstream.faulted(target)
    if (!isTimeLeft || this.#began || this.#controller === null || !mayRepeat(this.#try(), 'timeout')) return false
    this.#dropTry(target)
    return this.#sendAgain(target)
  }

  // Whatever the upstream still says to this try is not heard.
  #dropTry(target: Target): void {
    this.#leaveTarget(target)
    this.#giveUp(this.#controller)
    this.#controller = null
  }

  #giveUp(controller: Dispatcher.DispatchController | null): void {
    if (controller === null) return
    this.#givenUp ??= new Set()
    this.#givenUp.add(controller)
    controller.abort(new Error('the try is over'))
  }

  /** Ends a stream of events as one that is over: whoever listens comes again, and goes on where it was. */
  endStream(): void {
    if (this.#over || !this.#streams) return
    this.abort()
    this.#response.end()
    this.#watcher.answered(this.#received)
  }

  /** Ends it from our side: whatever the upstream still says is not heard. */
  abort(): void {
    if (this.#over) return
    this.#over = true
    this.#controller?.abort(new Error('the exchange is over'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) {
      controller.abort(new Error('the exchange is over'))
      return
    }
    this.#controller = controller
    this.#watcher.connected()
  }

  onBodySent(): void {
    if (!this.#over) this.#watcher.moved()
  }

  onResponseStarted(): void {
    this.#began = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // 1xx: ours to send to our client, and we send none.
    if (this.#over || status < 200 || controller !== this.#controller) return
    const target = this.#target as Target
    this.#errand.upstream.answered(target, status)
    if (this.#isSentAgain(target, status)) return
    if (this.#errand.withhold !== null && this.#isHeld(this.#errand.withhold, status, headers)) return
    this.#begin(status, headers)
  }

  #isSentAgain(target: Target, status: number): boolean {
    if (status < 502 || status > 504 || !mayRepeat(this.#try(), String(status) as RetryReason)) return false
    const controller = this.#controller
    this.#leaveTarget(target)
    this.#controller = null
    this.#began = false
    if (this.#sendAgain(target)) {
      this.#giveUp(controller)
      return true
    }
    // Nobody else is there: this answer is better than none.
    this.#target = target
    target.waiting++
    this.#controller = controller
    this.#began = true
    return false
  }

  #isHeld(withhold: NonNullable<Errand['withhold']>, status: number, headers: AnswerHeaders): boolean {
    try {
      const found = withhold(status, headers)
      if (found === null) return false
      this.#watcher.answering(status)
      if ('code' in found) this.#withhold(found)
      else this.#held = new Held(status, headers, found)
    } catch (error) {
      this.abort()
      this.#watcher.crashed(error)
    }
    return true
  }

  #begin(status: number, headers: AnswerHeaders): void {
    if (!this.#writeHead(status, headers)) return
    const length = headers['content-length']
    this.#expected = typeof length === 'string' ? Number(length) : -1
    this.#streams = /^text\/event-stream\b/i.test(String(headers['content-type']))
    // A short body comes with its head, or right behind it. Anything else may be long in coming.
    if (this.#expected < 0 || this.#expected > SHORT) process.nextTick(flushHead, this.#response)
  }

  #writeHead(status: number, headers: AnswerHeaders): boolean {
    const around = this.#watcher.answering(status)
    try {
      this.#response.writeHead(status, answerHead(status, this.#told(headers), around))
      this.#headWritten = true
    } catch (error) {
      this.abort()
      if (areWritable(around.notes))
        this.#watcher.failed(refuseRequest('UPSTREAM_ANSWER_INVALID'), this.#errand.upstream.name)
      else this.#watcher.crashed(error)
    }
    return this.#headWritten
  }

  #told(headers: AnswerHeaders): AnswerHeaders {
    const { told } = this.#errand
    return told === null ? headers : told(headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#over) return
    this.#received += piece.length
    this.#watcher.moved()
    if (this.#held !== null) this.#hold(controller, piece, this.#held)
    // A body that came whole with its head leaves with it, in one write.
    else if (piece.length === this.#expected) this.#short = piece
    else if (!this.#response.write(piece)) this.#pause(controller)
  }

  #hold(controller: Dispatcher.DispatchController, piece: Buffer, held: Held): void {
    try {
      const found = held.take(piece)
      if (found === 'all') this.#letGo(controller, held)
      else if (found !== 'holds') this.#withhold(found)
    } catch (error) {
      this.abort()
      this.#watcher.crashed(error)
    }
  }

  #letGo(controller: Dispatcher.DispatchController, { status, headers, pieces }: Held): void {
    this.#held = null
    this.#begin(status, headers)
    if (this.#headWritten && !this.#response.write(Buffer.concat(pieces))) this.#pause(controller)
  }

  #withhold(problem: Problem): void {
    this.abort()
    this.#watcher.withheld(problem)
  }

  #pause(controller: Dispatcher.DispatchController): void {
    controller.pause()
    if (this.#paused) return
    this.#paused = true
    this.#response.on('drain', () => {
      this.#watcher.moved()
      if (!this.#over) controller.resume()
    })
  }

  onResponseEnd(): void {
    this.#leaveTarget(this.#target)
    if (this.#over) return
    this.#over = true
    if (this.#held !== null) {
      this.#judge(this.#held)
      return
    }
    if (this.#short === null) this.#response.end()
    // As text it joins the head in one write; Latin-1 keeps every byte.
    else this.#response.end(this.#short.toString('latin1'), 'latin1')
    this.#watcher.answered(this.#received)
  }

  #judge(held: Held): void {
    try {
      const { ruling, bytes } = held.judge()
      if (ruling.is === 'deny') this.#watcher.withheld(ruling.problem)
      else if (this.#errand.passed !== null) this.#errand.passed()
      else if (ruling.is === 'same') this.#writeWhole(held, bytes, null)
      else this.#writeWhole(held, ruling.bytes, ruling.bytes)
    } catch (error) {
      this.#watcher.crashed(error)
    }
  }

  #writeWhole({ status, headers }: Held, bytes: Buffer, other: Buffer | null): void {
    const lines = answerHead(status, this.#told(headers), this.#watcher.answering(status))
    this.#response.writeHead(status, other === null ? lines : headOfRuled(lines, status, other))
    this.#response.end(bytes)
    this.#watcher.answered(bytes.length)
  }

  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    const target = this.#target
    // A try that was given up already, or an exchange that is over.
    if (target === null || (controller !== null && this.#givenUp?.has(controller) === true)) return
    this.#leaveTarget(target)
    if (this.#over) return
    if (this.#headWritten) {
      this.#over = true
      this.#errand.upstream.faulted(target)
      this.#watcher.broken(reasonOf(error), target.origin)
      return
    }
    // A kept connection that was closed under one request says nothing about the target.
    const reached = this.#controller !== null && this.#attempts === 1
    if (isUnreachable(error) && !reached) this.#errand.upstream.failed(target)
    else if (isMalformed(error)) this.#errand.upstream.faulted(target)
    const made = this.#try()
    const free = mayTryAgain(made, error)
    if ((free || mayRetry(made, error)) && this.#sendAgain(target, free)) return
    this.#over = true
    this.#watcher.failed(problemOf(error), target.origin)
  }

  #try(): Try {
    return { errand: this.#errand, attempts: this.#attempts, began: this.#began, sent: this.#controller !== null }
  }

  #leaveTarget(target: Target | null): void {
    if (target === null) return
    target.waiting--
    this.#errand.upstream.left(target)
    this.#target = null
  }
}

function flushHead(response: ServerResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders()
}

function areWritable(notes: readonly string[]): boolean {
  try {
    for (let i = 0; i < notes.length; i += 2) {
      validateHeaderName(notes[i] as string)
      validateHeaderValue(notes[i] as string, notes[i + 1] as string)
    }
    return true
  } catch {
    return false
  }
}
