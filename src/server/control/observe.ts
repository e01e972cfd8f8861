import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../../audit/index.ts'
import { actorOf, anonymous, type Caller } from '../../core/index.ts'
import type { Metrics } from '../metrics.ts'

// Asked every second by whoever watches; their answers tell nothing of anybody.
const SILENT = new Set(['/livez', '/readyz', '/metrics'])

/** Every request of the control plane is counted and becomes an Event, whatever its end. */
export function observeRequests(app: FastifyInstance, deps: { audit: Audit; metrics: Metrics }): void {
  app.addHook('onResponse', (request, reply, next) => {
    const endpoint = request.routeOptions.url ?? 'none'
    const { statusCode, elapsedTime } = reply
    deps.metrics.request({ method: request.method, endpoint, status: statusCode, seconds: elapsedTime / 1000 })
    if (reply.problem !== undefined && statusCode === 401) deps.metrics.authFailure(reply.problem.code)
    const told = request.routeOptions.config.ownEvent === true && statusCode < 400
    if (!told && !SILENT.has(endpoint)) deps.audit.record(eventOf(request, reply, endpoint))
    next()
  })
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
