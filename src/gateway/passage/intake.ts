import type { IncomingMessage } from 'node:http'
import type { Problem } from '../../core/index.ts'
import { bodyBound, hasBody } from '../../pipeline/index.ts'
import type { Case } from '../case.ts'
import { refuseRequest } from '../problems.ts'
import type { LoadedRoute } from '../route/load-routes.ts'
import { lastOnBody, mayHaveToRepeat, ruleOnBody } from './errands.ts'
import { RequestBody } from './request-body.ts'

/** What an intake tells of itself. */
export type IntakeWatcher = {
  /** Nothing more is to be done: it was answered, or the client is gone. */
  readonly isOver: () => boolean
  /** The body is read here as a whole, before anything is asked of the upstream. */
  readonly reading: () => void
  readonly arrived: (bytes: number) => void
  readonly refused: (stage: 'transport' | 'input', problem: Problem) => void
  readonly crashed: (error: unknown) => void
}

/** @param changed whether these are other bytes than the client sent */
type Then = (body: RequestBody | Buffer | null, changed: boolean) => void

/** The body of one request: streamed, or read as a whole where somebody has to look at it or it may be sent twice. */
export class Intake {
  readonly #incoming: IncomingMessage
  readonly #continues: (() => void) | null
  readonly #watcher: IntakeWatcher

  /** @param continues tells a client that waits for it to send its body */
  constructor(incoming: IncomingMessage, continues: (() => void) | null, watcher: IntakeWatcher) {
    this.#incoming = incoming
    this.#continues = continues
    this.#watcher = watcher
  }

  /** Hands on the body: as a stream, or as a whole where it may have to be sent again. */
  keep(of: Case, then: Then): void {
    const opened = this.#open(of)
    if (opened === null || !mayHaveToRepeat(of)) {
      then(opened, false)
      return
    }
    this.#watcher.reading()
    readWhole(opened, (bytes) => this.#guarded(() => then(bytes, false)))
  }

  /** Hands on what the rules of the route make of the body. */
  rule(of: Case, then: Then): void {
    if ((of.route as LoadedRoute).rules.body.length === 0) {
      this.#watcher.reading()
      this.keep(of, then)
      return
    }
    const opened = this.#open(of)
    this.#watcher.reading()
    const ruled = (bytes: Buffer) => this.#guarded(() => this.#rule(of, bytes, then))
    if (opened === null) ruled(Buffer.alloc(0))
    else readWhole(opened, ruled)
  }

  #rule(of: Case, bytes: Buffer, then: Then): void {
    const ruling = ruleOnBody(of, bytes)
    if (ruling.is === 'deny') {
      this.#watcher.refused('input', ruling.problem)
      return
    }
    const go = () => then(ruling.bytes.length === 0 ? null : ruling.bytes, ruling.bytes !== bytes)
    const last = lastOnBody(of, ruling.bytes)
    if (last === null) go()
    else
      last.then(
        (problem) => this.#guarded(() => (problem === null ? go() : this.#watcher.refused('input', problem))),
        (error) => this.#watcher.crashed(error),
      )
  }

  #guarded(work: () => void): void {
    if (this.#watcher.isOver()) return
    try {
      work()
    } catch (error) {
      this.#watcher.crashed(error)
    }
  }

  #open(of: Case): RequestBody | null {
    if (!hasBody(of.inbound)) return null
    this.#continues?.()
    return new RequestBody(this.#incoming, bodyBound(of), {
      arrived: this.#watcher.arrived,
      tooLarge: () =>
        this.#watcher.refused('transport', refuseRequest('REQUEST_BODY_TOO_LARGE', { reason: 'while streaming' })),
    })
  }
}

function readWhole(body: RequestBody, then: (bytes: Buffer) => void): void {
  const pieces: Buffer[] = []
  body.on('data', (piece: Buffer) => pieces.push(piece))
  body.on('end', () => then(Buffer.concat(pieces)))
}
