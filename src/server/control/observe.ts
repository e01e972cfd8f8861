import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../../audit/index.ts'
import { actorOf, anonymous, type Caller } from '../../core/index.ts'
import type { Keys } from '../../keys/index.ts'
import type { Metrics } from '../metrics/metrics.ts'

// What a key was not let through with is no use of it.
const REFUSED = new Set([401, 403, 429])

// Asked every second by whoever watches; their answers tell nothing of anybody.
const SILENT = new Set(['/livez', '/readyz', '/metrics'])

/** Every request of the control plane is counted and becomes an Event, whatever its end. */
export function observeRequests(
  app: FastifyInstance,
  deps: { audit: Audit; keys: Pick<Keys, 'observe' | 'countUse'>; metrics: Metrics },
): void {
  app.addHook('onResponse', (request, reply, next) => {
    const endpoint = request.routeOptions.url ?? 'none'
    const { statusCode, elapsedTime } = reply
    deps.metrics.request({ method: request.method, endpoint, status: statusCode, seconds: elapsedTime / 1000 })
    if (reply.problem !== undefined && statusCode === 401) deps.metrics.authFailure(reply.problem.code)
    const told = request.routeOptions.config.ownEvent === true && statusCode < 400
    if (!told && !SILENT.has(endpoint)) {
      const event = eventOf(request, reply, endpoint)
      deps.audit.record(event)
      deps.keys.observe(event)
    }
    countUse(request, statusCode)
    next()
  })

  // The control plane is a door like any other: a key that only manages is not one that nobody uses.
  function countUse({ caller }: FastifyRequest, status: number): void {
    const credential = caller?.principal.credential ?? null
    if (credential?.kind === 'api_key' && !REFUSED.has(status)) {
      deps.keys.countUse(credential.id, caller.address)
    }
  }
}

function eventOf(request: FastifyRequest, reply: FastifyReply, route: string) {
  const { statusCode, elapsedTime, problem } = reply
  const end = statusCode >= 500 ? FAILED : statusCode >= 400 ? DENIED : ALLOWED
  return {
    ...actorOf(request.caller ?? nobody(request)),
    ...end,
    code: problem?.eventCode ?? problem?.code ?? null,
    method: request.method,
    route,
    resource: request.url.split('?', 1)[0] ?? null,
    status: statusCode,
    duration: Math.round(elapsedTime * 1000) / 1000,
  }
}

// A request that was refused before anybody asked who it is from, such as one whose URL cannot be read.
function nobody(request: FastifyRequest): Caller {
  return { principal: anonymous, address: request.ip, userAgent: null, requestId: request.id }
}

const ALLOWED = { type: 'api.allowed', outcome: 'success' } as const
const DENIED = { type: 'api.denied', outcome: 'denied' } as const
const FAILED = { type: 'api.failed', outcome: 'failure' } as const
