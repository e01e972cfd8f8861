import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { anonymous, createId, type Principal, type Problem } from '../../core/index.ts'
import {
  ALLOWED,
  arrivalOf,
  type Ending,
  endingOf,
  factsOf,
  hasBody,
  hasSmallBody,
  type Inbound,
  type Judgement,
  openCase,
  type Peer,
  readRequest,
  releaseGrant,
  toEvent,
  typeOf,
  writeProblem,
} from '../../pipeline/index.ts'
import type { Case } from '../case.ts'
import type { Door, Snapshot } from '../door.ts'
import { EXPLAIN, explainIn } from '../explain-header.ts'
import { judge, preflightRoute, type StageName } from '../judge.ts'
import { refuseRequest } from '../problems.ts'
import type { LoadedRoute } from '../route/load-routes.ts'
import type { Errand, ForwardingWatcher } from '../upstream/errand.ts'
import { Forwarding } from '../upstream/forward.ts'
import { outboundHeaders } from '../upstream/outbound.ts'
import type { Tunnel } from '../websocket/tunnel.ts'
import { closedEvent } from '../websocket/tunnels.ts'
import { Upgrade } from '../websocket/upgrade.ts'
import type { WebSocketSettings } from '../websocket/websocket.ts'
import { lookErrand, plainErrand, ruledErrand } from './errands.ts'
import { Intake } from './intake.ts'
import { dropRest } from './linger.ts'
import { Patience } from './patience.ts'
import { headOfRuled, NO_RULES } from './rules.ts'
import type { Watched } from './watch.ts'
import { type AnswerHeaders, type Around, answerHead, aroundProblem, bareHead } from './writer.ts'

/**
 * One request's way through the gateway, from its head to its Event. It owns everything that has to be given back,
 * and gives it back once, when the client's side is over: however that came about.
 */
export class Passage implements Watched, ForwardingWatcher {
  place = -1
  readonly #door: Door
  readonly #incoming: IncomingMessage
  readonly #response: ServerResponse
  readonly #peer: Peer
  readonly #snapshot: Snapshot
  readonly #at: number
  readonly #expectsContinue: boolean
  #inbound: Inbound | null = null
  #case: Case | null = null
  #stage: StageName = 'request'
  #forwarding: Forwarding | null = null
  #ending: Ending | null = null
  readonly #patience: Patience
  #bytesIn = 0
  #bytesOut = 0
  #closed = false
  /** Nothing more can be read from the client. */
  #deaf = false
  /** For a request that could not be read. */
  #ownId = ''
  /** Where the request asks for a WebSocket. */
  readonly #upgrade: Upgrade | null

  constructor(
    door: Door,
    incoming: IncomingMessage,
    response: ServerResponse,
    peer: Peer,
    { expectsContinue = false, upgrade = null }: { expectsContinue?: boolean; upgrade?: Socket | null } = {},
  ) {
    this.#upgrade = upgrade === null ? null : this.#upgradeOf(upgrade, door)
    // Its connection is no longer read as HTTP.
    this.#deaf = upgrade !== null
    this.#door = door
    this.#incoming = incoming
    this.#response = response
    this.#peer = peer
    this.#snapshot = door.snapshot()
    this.#snapshot.holders++
    this.#at = door.now()
    this.#expectsContinue = expectsContinue
    this.#patience = new Patience(door.transport.decideTimeout)
  }

  /** Reads, judges and answers or forwards the request. Never throws. */
  begin(): void {
    try {
      const read = readRequest(arrivalOf(this.#incoming, this.#peer, this.#at), this.#snapshot.reading)
      if ('code' in read) {
        this.#refuse('request', read)
        return
      }
      this.#inbound = read
      this.#case = openCase(read, this.#snapshot.table, this.#door.looksLikeCredential)
      const asked = preflightRoute(this.#case)
      if (asked !== null) {
        this.#answerPreflight(this.#case, asked)
        return
      }
      const judged = judge(this.#case, false)
      if (!(judged instanceof Promise)) {
        this.#judged(judged)
        return
      }
      judged.then((late) => this.#judged(late)).catch((error) => this.crashed(error))
    } catch (error) {
      this.crashed(error)
    }
  }

  #answerPreflight(of: Case, route: LoadedRoute): void {
    of.route = route
    const found = route.front.preflight?.(of.inbound.request) ?? { lines: NO_NOTES }
    if ('code' in found) {
      this.#refuse('route', found)
      return
    }
    this.#response.writeHead(204, bareHead(found.lines, this.#around(false)))
    this.#response.end()
    this.answered(0)
  }

  #judged(judgement: Judgement<StageName> | undefined): void {
    if (this.#closed) {
      this.#release()
      return
    }
    if (this.#ending !== null) return
    if (judgement !== undefined) {
      this.#refuse(judgement.stage, judgement.problem)
      return
    }
    this.#stage = 'upstream'
    const { principal, route } = this.#case as Case
    const token = this.#door.identity(principal as Principal, (route as LoadedRoute).upstream.name)
    if (!(token instanceof Promise)) {
      this.#forward(token)
      return
    }
    token.then((late) => this.#forward(late)).catch((error) => this.crashed(error))
  }

  #forward(identity: string | undefined): void {
    if (this.#closed || this.#ending !== null) return
    const of = this.#case as Case
    const { rules, total } = of.route as LoadedRoute
    if (total !== null) this.#patience.bound(total)
    const outbound = { of, headers: outboundHeaders(of, identity) }
    if (this.#upgrade !== null) {
      this.#patience.enter('connecting', this.#timeouts().connect)
      this.#upgrade.begin(of, outbound.headers)
      return
    }
    if (rules === NO_RULES) {
      if (hasBody(of.inbound)) this.#intake().keep(of, (body) => this.#send(plainErrand(outbound, body)))
      else this.#send(plainErrand(outbound, null))
      return
    }
    this.#intake().rule(of, (body, changed) => {
      const ruled = ruledErrand(outbound, body, changed)
      const before = lookErrand(outbound, () => this.#send(ruled))
      this.#send(before ?? ruled)
    })
  }

  get #tunnel(): Tunnel | null {
    return this.#upgrade?.tunnel ?? null
  }

  #upgradeOf(client: Socket, { tunnels }: Door): Upgrade {
    return new Upgrade(client, tunnels, {
      isOver: () => this.#closed || this.#ending !== null,
      refused: (problem) => this.#refuse('transport', problem),
      connected: () => this.connected(),
      answered: (status, headers, body) => this.#answerInstead(status, headers, body),
      failed: (problem, target) => this.failed(problem, target),
      opened: (lines, settings) => this.#opened(lines, settings),
      mistaken: () => this.failed(refuseRequest('UPSTREAM_ANSWER_INVALID', { reason: 'handshake' }), 'upstream'),
      moved: (bytes, from) => this.#passed(bytes, from),
    })
  }

  // The upstream refuses the handshake in words of its own.
  #answerInstead(status: number, headers: AnswerHeaders, body: Buffer): void {
    if (this.#closed || this.#ending !== null) return
    const lines = answerHead(status, headers, this.answering())
    this.#response.writeHead(status, headOfRuled(lines, status, body))
    this.#response.end(body)
    this.answered(body.length)
  }

  #opened(lines: string[], settings: WebSocketSettings): void {
    this.#patience.enter('open', settings.idle)
    this.#patience.boundFromNow(settings.lifetime)
    this.#response.writeHead(101, [...lines, 'x-request-id', this.#requestId()])
    this.#response.flushHeaders()
    this.#ending = ALLOWED
    this.#door.record(toEvent(ALLOWED, this.#facts()))
  }

  #passed(bytes: number, from: 'client' | 'upstream'): void {
    if (from === 'client') this.#bytesIn += bytes
    else this.#bytesOut += bytes
    this.#patience.moved()
  }

  /** The gateway goes: what would not end by itself is ended kindly. */
  farewell(): void {
    if (this.#tunnel !== null) this.#tunnel.end(1001)
    else this.#forwarding?.endStream()
  }

  /** Who was let in may not be let in any more: a WebSocket has to be opened, and judged, anew. */
  changed(id: string | null): void {
    const principal = this.#case?.principal ?? null
    if (this.#tunnel === null || principal === null || principal.kind === 'anonymous') return
    const lettingIn = [principal.id, principal.credential?.id, principal.organization]
    if (id === null || lettingIn.includes(id)) this.#tunnel.end(1008)
  }

  /** The gateway is gone. */
  cutOff(): void {
    this.#tunnel?.destroy()
  }

  #intake(): Intake {
    const continues = this.#expectsContinue ? () => this.#response.writeContinue() : null
    return new Intake(this.#incoming, continues, {
      isOver: () => this.#closed || this.#ending !== null,
      reading: () => {
        this.#stage = 'input'
      },
      arrived: (bytes) => this.#passed(bytes, 'client'),
      refused: (stage, problem) => this.#refuse(stage, problem),
      crashed: (error) => this.crashed(error),
    })
  }

  #send(errand: Errand): void {
    if (this.#closed || this.#ending !== null) return
    this.#stage = 'upstream'
    this.#patience.enter('connecting', errand.upstream.settings.timeouts.connect)
    this.#forwarding = new Forwarding(errand, this.#response, this)
    this.#forwarding.send()
  }

  again(): void {
    this.#patience.enter('connecting', this.#timeouts().connect)
  }

  connected(): void {
    const { retries } = ((this.#case as Case).route as LoadedRoute).upstream
    this.#patience.enter('waiting', retries?.settings.timeout ?? this.#timeouts().headers)
  }

  moved(): void {
    this.#patience.moved()
  }

  answering(): Around {
    this.#stage = 'output'
    this.#patience.enter('receiving', this.#timeouts().body)
    return this.#around(false)
  }

  answered(bytes: number): void {
    this.#bytesOut = bytes
    this.#ending = ALLOWED
    this.#patience.enter('leaving', this.#timeouts().body)
    // It answered before it had read everything.
    if (!this.#incoming.complete) {
      dropRest(this.#incoming, this.#door.transport.lingerBytes, (whole) => {
        if (!whole) this.#incoming.socket.destroy()
      })
    }
  }

  failed(problem: Problem, target: string): void {
    this.#end('request.failed', problem, target)
  }

  withheld(problem: Problem): void {
    this.#refuse('output', problem)
  }

  broken(reason: string, target: string): void {
    this.#cut({ type: 'request.failed', code: 'UPSTREAM_UNAVAILABLE', stage: 'output', reason, target })
  }

  /** The connection can be read no further: its bytes are not HTTP, or did not come in time. */
  unreadable(problem: Problem): void {
    // An answer that was given already stands.
    this.#deaf = true
    if (this.#ending !== null) this.#response.end(() => this.#incoming.socket.destroySoon())
    else if (this.#response.headersSent) this.#cut(this.#endingOf('request.failed', problem))
    else this.#refuse('request', problem)
  }

  tick(): void {
    if (!this.#patience.tick()) return
    if (this.#tunnel !== null) this.#tunnel.end(1001)
    else if (this.#patience.phase === 'leaving') this.#incoming.socket.destroy()
    else this.#late(this.#lateness())
  }

  #late(problem: Problem): void {
    const isUpstreams = problem.code === 'UPSTREAM_TIMEOUT'
    if (isUpstreams && this.#forwarding?.late(this.#patience.isTimeLeft()) === true) return
    this.#end('request.failed', problem)
  }

  #lateness(): Problem {
    if (this.#patience.phase === 'deciding' && this.#stage === 'input')
      return refuseRequest('REQUEST_TIMEOUT', { reason: 'the body that is judged' })
    if (this.#patience.phase === 'deciding') return refuseRequest('DECISION_TIMEOUT', { retryAfter: 1 })
    const clientIsSlow = this.#patience.phase === 'waiting' && this.#hasUnread() && !this.#incoming.isPaused()
    return refuseRequest(clientIsSlow ? 'REQUEST_TIMEOUT' : 'UPSTREAM_TIMEOUT', { reason: this.#patience.phase })
  }

  #refuse(stage: StageName, problem: Problem): void {
    this.#stage = stage
    this.#end(typeOf(problem), problem)
  }

  /** A bug or a broken machine: nobody is let through, and what is held is given back. */
  crashed(error: unknown): void {
    this.#door.crashed(error, this.#requestId())
    if (this.#closed || this.#ending !== null) {
      this.#release()
      return
    }
    const reason = error instanceof Error ? error.name : typeof error
    this.#case?.notes.splice(0)
    this.#end('request.failed', refuseRequest('INTERNAL_ERROR', { reason }))
  }

  /** Answers with a problem if that is still possible, and breaks the connection if it is not. */
  #end(type: Ending['type'], problem: Problem, target?: string): void {
    if (this.#closed || this.#ending !== null) return
    const ending = this.#endingOf(type, problem, target)
    if (this.#response.headersSent) {
      this.#cut(ending)
      return
    }
    this.#ending = ending
    this.#forwarding?.abort()
    this.#upgrade?.abort()
    this.#patience.enter('leaving', this.#door.transport.lingerTime)
    const unread = this.#hasUnread()
    const last = this.#stage === 'request' || problem.status === 408 || (unread && !hasSmallBody(this.#inbound))
    this.#write(problem, last)
    if (!unread || this.#expectsContinue || this.#deaf) this.#response.end()
    else dropRest(this.#incoming, this.#door.transport.lingerBytes, () => this.#response.end())
  }

  #write(problem: Problem, last: boolean): void {
    try {
      this.#bytesOut = writeProblem(this.#response, problem, aroundProblem(this.#around(last, problem)))
    } catch (error) {
      // Whoever made the problem or a note gave it a header that cannot be written.
      this.#door.crashed(error, this.#requestId())
      const instead = refuseRequest('INTERNAL_ERROR', { reason: `headers of ${problem.code}` })
      this.#ending = this.#endingOf('request.failed', instead)
      this.#bytesOut = writeProblem(this.#response, instead, aroundProblem({ ...this.#around(true), notes: NO_NOTES }))
    }
  }

  #endingOf(type: Ending['type'], problem: Problem, target?: string): Ending {
    return endingOf(type, problem, this.#stage, target)
  }

  // A head without its whole body must not look like an answer: the connection is reset, never closed in peace.
  #cut(ending: Ending): void {
    this.#ending ??= ending
    this.#forwarding?.abort()
    this.#incoming.socket.resetAndDestroy()
  }

  /** The client's side is over. Called once. */
  close(): void {
    this.#closed = true
    this.#forwarding?.abort()
    this.#upgrade?.close()
    this.#door.watch.remove(this)
    this.#release()
    this.#snapshot.holders--
    this.#door.release(this.#snapshot)
    this.#record()
  }

  #release(): void {
    releaseGrant(this.#case)
  }

  #record(): void {
    if (this.#tunnel !== null) {
      this.#door.record(closedEvent(this.#tunnel, this.#facts()))
      return
    }
    const gone = this.#ending === null || (this.#ending === ALLOWED && !this.#response.writableFinished)
    const ending = gone ? this.#endingOf('request.failed', refuseRequest('CLIENT_CLOSED_REQUEST')) : this.#ending
    this.#door.record(toEvent(ending ?? ALLOWED, this.#facts()), this.#inbound?.request)
  }

  #facts() {
    const facts = factsOf(this.#inbound, this.#case, this.#door.looksLikeCredential)
    return {
      ...facts,
      address: facts.address ?? this.#peer.address.text,
      method: this.#incoming.method ?? null,
      status: this.#response.headersSent ? this.#response.statusCode : null,
      duration: Math.max(0, this.#door.now() - this.#at),
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      requestId: this.#requestId(),
    }
  }

  #timeouts() {
    return ((this.#case as Case).route as LoadedRoute).upstream.settings.timeouts
  }

  #around(last: boolean, problem: Problem | null = null): Around {
    const { scheme, request = null } = this.#inbound ?? {}
    const known = (this.#case?.principal ?? anonymous).kind !== 'anonymous'
    return {
      requestId: this.#requestId(),
      notes: this.#notes(problem),
      last: last || this.#door.draining(),
      front: this.#case?.route?.front ?? this.#snapshot.front,
      to: { request, https: scheme === 'https', known },
    }
  }

  #notes(problem: Problem | null): readonly string[] {
    const notes = this.#case?.notes ?? NO_NOTES
    const why = explainIn(this.#case, this.#stage, problem, this.#door.mayExplain)
    return why === null ? notes : [...notes, EXPLAIN, why]
  }

  #requestId(): string {
    if (this.#inbound !== null) return this.#inbound.request.id
    if (this.#ownId === '') this.#ownId = createId('req', this.#at)
    return this.#ownId
  }

  #hasUnread(): boolean {
    if (this.#incoming.complete) return false
    return this.#inbound === null || hasBody(this.#inbound)
  }
}

const NO_NOTES: readonly string[] = Object.freeze([])
