import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ControlApp } from '../../http/index.ts'
import type { ProtocolServer } from './dispatcher.ts'
import { ENDPOINTS } from './routes-table.ts'

const MOST_BYTES = 56 * 1024
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'] as const
const DISCOVERY = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
/** Where a browser may come with a form from another site, which brings no cookies along. */
const FORMS = [ENDPOINTS.authorization, ENDPOINTS.end_session]

const open = { config: { permission: 'public', caller: 'session' } as const, schema: { hide: true } }

/** Mounts the protocol's server. Bodies are its own to read, and so are credentials but the cookie of a session. */
export function mountProtocol(server: ProtocolServer): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _body, done) => done(null))
    const answer = (request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string)
      return server.answer(request.raw, reply.raw, request.caller)
    }
    for (const url of DISCOVERY) app.route({ method: ['GET', 'OPTIONS'], url, ...open, handler: answer })
    for (const url of FORMS) app.route({ method: 'POST', url, ...open, handler: onward })
    app.route({ method: 'GET', url: ENDPOINTS.authorization, ...open, handler: answer })
    app.route({ method: 'GET', url: ENDPOINTS.end_session, ...open, handler: answer })
    app.route({ method: [...METHODS], url: '/oauth/*', ...open, handler: answer })
  }
}

/**
 * A request that came as a form goes on as a link (OpenID Connect Core, section 3.1.2.1 demands both): then the browser
 * brings the cookie of whoever is signed in.
 */
async function onward(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path = ''] = request.url.split('?', 1)
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')
  const form = isForm ? await readForm(request) : null
  if (form === null) return reply.code(400).send()
  return reply.code(303).header('location', `${path}?${form}`).send()
}

async function readForm({ raw }: FastifyRequest): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of raw) {
    size += chunk.length
    if (size > MOST_BYTES) return null
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString()).toString()
}
