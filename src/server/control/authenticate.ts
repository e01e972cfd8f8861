import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { missingPermissions, type NoteUse, refuseAccess } from '../../access/index.ts'
import {
  type Address,
  type Authentication,
  type Authenticator,
  anonymous,
  type Caller,
  type Clock,
  DEFAULT_ORGANIZATION,
  type Network,
  type Principal,
  type Problem,
  parseAddress,
  type Request,
  type Secret,
} from '../../core/index.ts'
import { type RoutePermission, refuseHttp, sendProblem } from '../../http/index.ts'
import { refuseIdentity } from '../../identity/index.ts'
import { CHALLENGE } from '../../keys/index.ts'
import { findClient, type Peer, peerOf, refuseRequest } from '../../pipeline/index.ts'

/** Whoever holds the machine's own data directory: a command that works on the local store. */
export const operator: Principal = Object.freeze({
  kind: 'operator',
  id: 'operator',
  organization: DEFAULT_ORGANIZATION,
  scopes: Object.freeze(['*']),
  permissions: Object.freeze(['*']),
  credential: Object.freeze({ kind: 'operator', id: 'operator' }),
})

export const OPERATOR_HEADER = 'x-sallyport-operator'

const ABSENT: Authentication = Object.freeze({ is: 'absent' })

const SINGLE = new Set([
  'authorization',
  'x-api-key',
  'apikey',
  'content-type',
  'content-length',
  'idempotency-key',
  'if-match',
  'host',
])

/**
 * Puts the caller on every request of the control plane and holds each route to the permission it declares. A route that
 * declares none does not load.
 *
 * @param deps.authenticators asked in this order; only where one finds nothing of its kind the next is
 * @param deps.trusted networks of the proxies in front, whose word on the client's address is believed
 * @param deps.operator the token of a command in this same process; null where only the network calls
 */
export function authenticateCallers(
  app: FastifyInstance,
  deps: {
    authenticators: readonly Authenticator[]
    operator: Secret | null
    clock: Clock
    trusted: readonly Network[]
    /** Takes down by which permissions somebody came in. */
    note: NoteUse
  },
): void {
  const peerOfRequest = rememberPeers(deps.trusted)
  const sessions = deps.authenticators.find(({ name }) => name === 'session')
  app.decorateRequest('caller')
  app.addHook('onRoute', (route) => {
    if (route.config?.permission === undefined) throw new Error(`${route.method} ${route.url} declares no permission`)
  })
  // Nothing is awaited that is not a promise: most keys are warm.
  app.addHook('onRequest', (request, reply, next) => {
    const peer = peerOfRequest(request)
    const client = clientOf(request, peer, deps.trusted)
    const address = client ?? peer.address
    const settle = (identity: Identity): void => {
      request.caller = callerOf(request, address, identity.principal)
      // Nothing is declared there: the not-found handler answers, and needs no caller.
      const permission = request.routeOptions.config.permission ?? 'public'
      const problem = stopping(identity.problem, permission) ?? authorize(identity.principal, permission, deps.note)
      if (problem === null) next()
      else sendProblem(reply, problem)
    }
    const unclear = client === null ? refuseRequest('REQUEST_FORWARDED_INVALID') : null
    const refusal = unclear ?? repeatedHeader(request) ?? crookedPath(request)
    const identity = refusal === null ? identify(request, address) : { principal: anonymous, problem: refusal }
    if (identity instanceof Promise) identity.then(settle).catch(next)
    else settle(identity)
  })

  type Identity = { readonly principal: Principal; readonly problem: Problem | null }

  function identify(request: FastifyRequest, address: Address): Identity | Promise<Identity> {
    if (isOperator(request)) return { principal: operator, problem: null }
    const asked = requestOf(request, address, deps.clock.now())
    if (request.routeOptions.config.caller === 'session') return identifySession(asked)
    const answer = ask(asked, 0)
    return answer instanceof Promise ? answer.then(identityOf) : identityOf(answer)
  }

  async function identifySession(request: Request): Promise<Identity> {
    const answer = (await sessions?.authenticate(request)) ?? ABSENT
    // Whose session is over is signed in anew; that nobody could ask is no reason to take them for nobody.
    const lost = answer.is === 'refused' && answer.problem.status >= 500
    return answer.is === 'known' || lost ? identityOf(answer) : { principal: anonymous, problem: null }
  }

  function ask(request: Request, from: number): Authentication | Promise<Authentication> {
    const authenticator = deps.authenticators[from]
    if (authenticator === undefined) return ABSENT
    const answer = authenticator.authenticate(request)
    if (answer instanceof Promise) return answer.then((it) => (it.is === 'absent' ? ask(request, from + 1) : it))
    return answer.is === 'absent' ? ask(request, from + 1) : answer
  }

  function identityOf(answer: Authentication): Identity {
    if (answer.is === 'absent') return { principal: anonymous, problem: null }
    if (answer.is === 'known') return { principal: answer.principal, problem: null }
    return { principal: answer.principal ?? anonymous, problem: answer.problem }
  }

  function isOperator(request: FastifyRequest): boolean {
    const shown = request.headers[OPERATOR_HEADER]
    if (deps.operator === null || typeof shown !== 'string') return false
    return timingSafeEqual(hash('sha256', shown, 'buffer'), hash('sha256', deps.operator.reveal(), 'buffer'))
  }
}

// A browser sends the cookie of a session that is over with everything; what is open to all is open to it too.
function stopping(problem: Problem | null, permission: RoutePermission): Problem | null {
  return problem?.code === 'SESSION_ENDED' && permission === 'public' ? null : problem
}

function authorize(principal: Principal, permission: RoutePermission, note: NoteUse): Problem | null {
  if (permission === 'public') return null
  if (permission === 'person') {
    if (principal.kind === 'anonymous') return refuseIdentity('SESSION_ENDED')
    return principal.credential?.kind === 'session' ? null : refuseIdentity('SESSION_REQUIRED')
  }
  if (principal.kind === 'anonymous') return refuseHttp('CREDENTIAL_MISSING', { headers: CHALLENGE })
  const { anyOf } = permission
  const held = anyOf.some((wanted) => missingPermissions(principal.permissions, [wanted]).length === 0)
  if (!held) return refuseAccess('PERMISSION_MISSING', { detail: `This needs the permission ${anyOf.join(' or ')}.` })
  note(principal, { permissions: anyOf })
  return null
}

function callerOf(request: FastifyRequest, address: Address, principal: Principal): Caller {
  const userAgent = request.headers['user-agent']
  return {
    principal,
    address: address.text,
    userAgent: userAgent === undefined ? null : userAgent.slice(0, 256),
    requestId: request.id,
  }
}

function requestOf(request: FastifyRequest, client: Address, receivedAt: number): Request {
  const [path = '/', query = ''] = request.url.split('?', 2)
  return {
    id: request.id,
    method: request.method,
    host: request.hostname,
    path,
    query,
    header: (name) => {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    headerCount: (name) => countHeader(request, name),
    client,
    receivedAt,
  }
}

const HERE: Address = { family: 4, text: '127.0.0.1', bytes: [127, 0, 0, 1] }

// Asked by a trusted proxy alone: what strangers write of themselves is not read.
function clientOf(request: FastifyRequest, peer: Peer, trusted: readonly Network[]): Address | null {
  if (!peer.trusted) return peer.address
  const header = (name: string) => {
    const value = request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  return findClient(peer, header('forwarded'), header('x-forwarded-for'), trusted)
}

// A connection keeps its address. A unix socket or an in-process call has none; it is this machine.
function rememberPeers(trusted: readonly Network[]): (request: FastifyRequest) => Peer {
  const known = new WeakMap<object, Peer>()
  return ({ socket }) => {
    const before = known.get(socket)
    if (before !== undefined) return before
    const peer = peerOf(parseAddress(socket.remoteAddress ?? HERE.text) ?? HERE, trusted)
    known.set(socket, peer)
    return peer
  }
}

function repeatedHeader(request: FastifyRequest): Problem | null {
  const { rawHeaders, headers } = request.raw
  // As many names as fields: none came twice, and none has to be looked at.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return null
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    if (!SINGLE.has(name)) continue
    if (seen.has(name)) {
      return refuseHttp('REQUEST_HEADER_DUPLICATED', { detail: `The header ${name} came twice; send it once.` })
    }
    seen.add(name)
  }
  return null
}

function countHeader(request: FastifyRequest, name: string): number {
  const { rawHeaders } = request.raw
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) count++
  return count
}

// Our own paths need no encoding at all, so whatever is encoded or bent is a trick or a mistake.
function crookedPath(request: FastifyRequest): Problem | null {
  // Written as the route itself, and routes are plain.
  if (request.url === request.routeOptions.url) return null
  const [path = ''] = request.url.split('?', 1)
  const plain = /^\/[A-Za-z0-9._~/-]*$/.test(path) && !path.includes('//') && !/(^|\/)\.{1,2}(\/|$)/.test(path)
  return plain ? null : refuseHttp('REQUEST_PATH_INVALID')
}
