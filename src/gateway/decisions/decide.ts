import type { IncomingMessage } from 'node:http'
import { createId, type Principal, type Problem } from '../../core/index.ts'
import {
  ALLOWED,
  endingOf,
  factsOf,
  type Inbound,
  type Judgement,
  openCase,
  type Peer,
  type ReadContext,
  readRequest,
  releaseGrant,
  toEvent,
  typeOf,
} from '../../pipeline/index.ts'
import type { Case } from '../case.ts'
import type { Door } from '../door.ts'
import { judgeAsked, type StageName } from '../judge.ts'
import { refuseRequest } from '../problems.ts'
import type { LoadedRoute } from '../route/load-routes.ts'
import { type Told, tellPassed, tellRefused } from './answer.ts'
import { type Dialect, type Original, readOriginal } from './original.ts'

/** One question, and all that is known of it by now. */
type Asked = {
  readonly door: Door
  readonly peer: Peer
  readonly at: number
  readonly method: string
  readonly dialect: Dialect
  readonly inbound: Inbound | null
  readonly of: Case | null
}

/**
 * Runs a request that another proxy has through the stages that decide, charges what they charge, and writes its Event. What a
 * credential holds is given back with the answer: when the request itself is over nobody tells. Never throws.
 */
export async function decide(door: Door, incoming: IncomingMessage, peer: Peer): Promise<Told> {
  const at = door.now()
  const nobody = { door, peer, at, method: incoming.method ?? '', dialect: 'nginx', inbound: null, of: null } as const
  if (!peer.trusted) return refuse(nobody, { stage: 'request', problem: refuseRequest('DECISION_CALLER_REFUSED') })
  const original = readOriginal(incoming)
  if ('code' in original) return refuse(nobody, { stage: 'request', problem: original })
  const { method, dialect } = original
  const read = readRequest(arrivalOf(original, peer, at), readingOf(door, peer))
  if ('code' in read) return refuse({ ...nobody, method, dialect }, { stage: 'request', problem: read })
  const of: Case = openCase(read, door.snapshot().table, door.looksLikeCredential)
  return judged({ door, peer, at, method, dialect, inbound: read, of }, of)
}

function arrivalOf({ method, target, lines }: Original, peer: Peer, at: number) {
  return { method, target, lines, version: '1.1', peer, encrypted: false, at }
}

// Whoever may ask is believed about its client, beside the proxies in front of it.
function readingOf(door: Door, { address }: Peer): ReadContext {
  const { reading } = door.snapshot()
  return { ...reading, trusted: [...reading.trusted, { ...address, bits: address.bytes.length * 8 }] }
}

async function judged(asked: Asked, of: Case): Promise<Told> {
  const release = () => releaseGrant(of)
  try {
    const work = judgeAsked(of, false)
    // What comes too late is given back too.
    if (work instanceof Promise) work.then(release, release)
    const judgement = await inTime(asked.door, work)
    if (judgement !== undefined) return refuse(asked, judgement)
    const audience = (of.route as LoadedRoute).upstream.name
    const identity = await inTime(asked.door, asked.door.identity(of.principal as Principal, audience))
    if (typeof identity === 'object') return refuse(asked, identity)
    const told = tellPassed(asked.dialect, of, identity)
    record(asked, toEvent(ALLOWED, factsOfAsked(asked, told.status)))
    return told
  } catch (error) {
    asked.door.crashed(error, of.inbound.request.id)
    const reason = error instanceof Error ? error.name : typeof error
    return refuse(asked, { stage: 'input', problem: refuseRequest('INTERNAL_ERROR', { reason }) })
  } finally {
    release()
  }
}

/** What came in time, or that it did not. */
function inTime<T>(
  { transport }: Door,
  work: T | Promise<T>,
): T | Judgement<StageName> | Promise<T | Judgement<StageName>> {
  if (!(work instanceof Promise)) return work
  return new Promise((resolve, reject) => {
    const late = () => resolve({ stage: 'access', problem: refuseRequest('DECISION_TIMEOUT', { retryAfter: 1 }) })
    const patience = setTimeout(late, transport.decideTimeout)
    work.then(resolve, reject).finally(() => clearTimeout(patience))
  })
}

function refuse(asked: Asked, { stage, problem }: { readonly stage: string; readonly problem: Problem }): Told {
  const requestId = asked.inbound?.request.id ?? createId('req', asked.at)
  const told = tellRefused(asked.dialect, problem, asked.of?.notes ?? [], requestId)
  const facts = { ...factsOfAsked(asked, problem.status), requestId }
  record(asked, toEvent(endingOf(typeOf(problem), problem, stage), facts))
  return told
}

function record({ door, inbound }: Asked, event: ReturnType<typeof toEvent>): void {
  door.record(event, inbound?.request)
}

function factsOfAsked({ door, peer, at, method, inbound, of }: Asked, status: number) {
  const facts = factsOf(inbound, of, door.looksLikeCredential)
  return {
    ...facts,
    address: facts.address ?? peer.address.text,
    method,
    status,
    duration: Math.max(0, door.now() - at),
    bytesIn: null,
    bytesOut: null,
    requestId: inbound?.request.id ?? null,
  }
}
