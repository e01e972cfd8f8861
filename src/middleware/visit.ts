import type { IncomingMessage, ServerResponse } from 'node:http'
import { anonymous, createId, type Principal, type Problem } from '../core/index.ts'
import {
  ALLOWED,
  arrivalOf,
  bodyBound,
  type Case,
  type Ending,
  endingOf,
  factsOf,
  type Inbound,
  type Judgement,
  openCase,
  type Peer,
  problemAnswer,
  readRequest,
  refuseRequest,
  releaseGrant,
  toEvent,
  typeOf,
} from '../pipeline/index.ts'
import { isOurs, speakIn } from './answer-head.ts'
import { boundBody } from './body-bound.ts'
import { cleanRequest } from './cleaning.ts'
import type { Ground } from './engine.ts'
import type { HeadRule } from './rules.ts'

/** A request as one framework has it, and the one way to answer it there. */
export type Arrived = {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  /** The target as the client sent it, whatever the framework cut off it. */
  readonly target: string
  /** The framework's name of the route it found, such as `/orders/:id`, for the Event. */
  readonly route: () => string | null
  /** What the framework's handlers find under a name: of the path, and of the query where it reads that. */
  readonly parameter: (from: 'path' | 'query', name: string) => unknown
  /** Writes a whole answer. */
  readonly write: (answer: Answer) => void
}

export type Answer = { readonly status: number; readonly lines: readonly string[]; readonly body: Buffer }

/** What one guard asks of a request, and what it says in its answer whatever comes of it. */
export type Guarding = {
  (of: Case, ground: Ground, arrived: Arrived): Asked | Promise<Asked>
  readonly head?: HeadRule
}

/** Nothing, why the request ends here, or the lines of an answer without a body. */
export type Asked = Judgement<string> | { readonly lines: readonly string[] } | undefined

/** What came of it: the application goes on, or the request was answered, or nobody is there any more. */
export type Outcome = { readonly is: 'passed'; readonly principal: Principal | null } | { readonly is: 'over' }

const OVER: Outcome = Object.freeze({ is: 'over' })

/**
 * One request's way through an application's guards, from the first guard it meets to its Event. What its credential
 * holds is given back once, when the client's side is over: however that came about.
 */
export class Visit {
  readonly #ground: Ground
  readonly #arrived: Arrived
  readonly #peer: Peer
  readonly #at: number
  readonly #read: Inbound | Problem
  readonly #case: Case | null
  #stage = 'request'
  #ending: Ending | null = null
  #closed = false
  #finished = false
  #bytesOut: number | null = null
  /** The body is held to what the credential may send. */
  #bounded = false
  /** Notes that stand in the response already. */
  #noted = 0
  #ownId = ''

  constructor(ground: Ground, arrived: Arrived, peer: Peer) {
    const { incoming, response, target } = arrived
    this.#ground = ground
    this.#arrived = arrived
    this.#peer = peer
    this.#at = ground.now()
    // Reading makes the names lower case in place; the application keeps its own.
    const arrival = { ...arrivalOf(incoming, peer, this.#at), target, lines: [...incoming.rawHeaders] }
    this.#read = readRequest(arrival, ground.reading)
    this.#case = 'code' in this.#read ? null : openCase(this.#read, null, ground.reading.looksLikeCredential)
    response.once('finish', () => {
      this.#finished = true
    })
    if (response.closed || response.destroyed) this.#close()
    else response.once('close', () => this.#close())
  }

  /** Asks one guard, and answers the request if it does not let it through. Never throws. */
  ask(guarding: Guarding): Outcome | Promise<Outcome> {
    if (this.#closed || this.#ending !== null) return OVER
    if (guarding.head !== undefined) speakIn(this.#arrived.response, guarding.head, () => this.#answering())
    if (this.#case === null) return this.#refuse({ stage: 'request', problem: this.#read as Problem })
    try {
      const asked = guarding(this.#case, this.#ground, this.#arrived)
      if (!(asked instanceof Promise)) return this.#asked(asked)
      return asked.then((late) => this.#asked(late)).catch((error) => this.#crashed(error))
    } catch (error) {
      return this.#crashed(error)
    }
  }

  #asked(judgement: Asked): Outcome {
    if (this.#closed) releaseGrant(this.#case)
    if (this.#closed || this.#ending !== null) return OVER
    if (judgement !== undefined) return 'lines' in judgement ? this.#answer(judgement) : this.#refuse(judgement)
    const of = this.#case as Case
    const unbounded = this.#boundBody(of)
    if (unbounded !== undefined) return this.#refuse(unbounded)
    this.#stage = 'application'
    cleanRequest(this.#arrived.incoming, of)
    this.#note(of)
    return { is: 'passed', principal: of.principal }
  }

  #answering() {
    const { scheme, request = null } = this.#case?.inbound ?? {}
    return { request, https: scheme === 'https', known: (this.#case?.principal ?? anonymous).kind !== 'anonymous' }
  }

  #answer({ lines }: { readonly lines: readonly string[] }): Outcome {
    this.#ending = ALLOWED
    this.#bytesOut = 0
    isOurs(this.#arrived.response)
    const notes = this.#case?.notes ?? []
    const head = [...lines, ...notes, 'x-request-id', this.#requestId()]
    this.#arrived.write({ status: 204, lines: head, body: Buffer.alloc(0) })
    return OVER
  }

  #note({ inbound, notes }: Case): void {
    const { response } = this.#arrived
    if (response.headersSent) return
    response.setHeader('x-request-id', inbound.request.id)
    for (; this.#noted < notes.length; this.#noted += 2) {
      response.appendHeader(notes[this.#noted] as string, notes[this.#noted + 1] as string)
    }
  }

  // A length that was told is judged with everything else.
  #boundBody(of: Case): Judgement<string> | undefined {
    if (of.inbound.framing.is !== 'chunked' || of.grant?.maxBody === undefined || this.#bounded) return
    this.#bounded = true
    const problem = refuseRequest('REQUEST_BODY_TOO_LARGE', { reason: 'while it came in' })
    const bounded = boundBody(this.#arrived.incoming, bodyBound(of), {
      tooLarge: () => this.#overflow(problem),
      drained: () => this.#arrived.response.end(),
    })
    return bounded ? undefined : { stage: 'who', problem }
  }

  #overflow(problem: Problem): void {
    const { response, incoming } = this.#arrived
    if (this.#closed || this.#ending !== null) return
    this.#ending = endingOf('request.denied', problem, 'input')
    // A head without its whole body must not look like an answer.
    if (response.headersSent) return void incoming.socket.resetAndDestroy()
    const { body, lines } = problemAnswer(problem, { requestId: this.#requestId(), notes: [], last: true })
    isOurs(response)
    response.writeHead(problem.status, lines)
    response.write(body)
  }

  #refuse({ stage, problem }: Judgement<string>): Outcome {
    this.#stage = stage
    this.#ending = endingOf(typeOf(problem), problem, stage)
    try {
      this.#write(problem, this.#case?.notes ?? [])
    } catch (error) {
      // Whoever made the problem or a note gave it a header that cannot be written.
      return this.#fail(error, `headers of ${problem.code}`)
    }
    return OVER
  }

  /** A bug or a broken machine: nobody is let through. */
  #crashed(error: unknown): Outcome {
    if (this.#closed) releaseGrant(this.#case)
    return this.#fail(error, error instanceof Error ? error.name : typeof error)
  }

  #fail(error: unknown, reason: string): Outcome {
    this.#ground.crashed(error, this.#requestId())
    const problem = refuseRequest('INTERNAL_ERROR', { reason })
    this.#ending = endingOf('request.failed', problem, this.#stage)
    if (!this.#closed) this.#write(problem, [])
    return OVER
  }

  #write(problem: Problem, notes: readonly string[]): void {
    const envelope = { requestId: this.#requestId(), notes, last: this.#stage === 'request' }
    const { body, lines } = problemAnswer(problem, envelope)
    this.#bytesOut = body.length
    isOurs(this.#arrived.response)
    this.#arrived.write({ status: problem.status, lines, body })
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    releaseGrant(this.#case)
    try {
      this.#record()
    } catch (error) {
      // Nobody above could catch it: it would end the application.
      this.#ground.crashed(error, this.#requestId())
    }
  }

  #record(): void {
    const { incoming, response, route } = this.#arrived
    const inbound = 'code' in this.#read ? null : this.#read
    const facts = factsOf(inbound, this.#case, this.#ground.reading.looksLikeCredential)
    this.#ground.record(
      toEvent(this.#end(), {
        ...facts,
        route: route(),
        address: facts.address ?? this.#peer.address.text,
        method: incoming.method ?? null,
        status: response.headersSent ? response.statusCode : null,
        duration: Math.max(0, this.#ground.now() - this.#at),
        bytesIn: inbound === null ? null : bytesIn(inbound),
        bytesOut: this.#bytesOut ?? lengthOf(response),
        requestId: this.#requestId(),
      }),
    )
  }

  #end(): Ending {
    if (this.#ending !== null) return this.#ending
    if (this.#finished) return ALLOWED
    return endingOf('request.failed', refuseRequest('CLIENT_CLOSED_REQUEST'), this.#stage)
  }

  #requestId(): string {
    if (this.#case !== null) return this.#case.inbound.request.id
    if (this.#ownId === '') this.#ownId = createId('req', this.#at)
    return this.#ownId
  }
}

function bytesIn({ framing }: Inbound): number | null {
  if (framing.is === 'chunked') return null
  return framing.is === 'length' ? framing.bytes : 0
}

function lengthOf(response: ServerResponse): number | null {
  const told = response.getHeader('content-length')
  return told === undefined ? null : Number(told)
}
