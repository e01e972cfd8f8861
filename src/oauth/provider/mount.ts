import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ControlApp } from '../../http/index.ts'
import { isOwnForm } from '../interaction/same-origin.ts'
import type { ProtocolServer } from './dispatcher.ts'
import { ENDPOINTS } from './routes-table.ts'

/** What fits into an address. */
const MOST_BYTES = 8 * 1024
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'] as const
const DISCOVERY = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
/** Where a browser may come with a form from another site, which brings no cookies along. */
const FORMS = [
  [ENDPOINTS.authorization, 'authorization'],
  [ENDPOINTS.end_session, 'end_session'],
] as const
/** Where only forms of our own pages lead. */
const OWN_FORMS = [
  [ENDPOINTS.code_verification, 'code_verification'],
  [`${ENDPOINTS.end_session}/confirm`, 'end_session_confirm'],
] as const

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
    const lead = (name: string) => (request: FastifyRequest, reply: FastifyReply) =>
      isShortForm(request) ? onward(request, reply) : server.formRefusals.unreadable(request, reply, name)
    // The secret in such a form is that of a session, which a sibling of our host could plant in a browser.
    const answerOwn = (name: string) => (request: FastifyRequest, reply: FastifyReply) =>
      isOwnForm(request, server.issuer) ? answer(request, reply) : server.formRefusals.foreign(request, reply, name)
    for (const url of DISCOVERY) app.route({ method: ['GET', 'OPTIONS'], url, ...open, handler: answer })
    for (const [url, name] of FORMS) app.route({ method: 'POST', url, ...open, handler: lead(name) })
    for (const [url, name] of OWN_FORMS) app.route({ method: 'POST', url, ...open, handler: answerOwn(name) })
    app.route({ method: 'GET', url: ENDPOINTS.authorization, ...open, handler: answer })
    app.route({ method: 'GET', url: ENDPOINTS.end_session, ...open, handler: answer })
    app.route({ method: [...METHODS], url: '/oauth/*', ...open, handler: answer })
  }
}

function isShortForm({ headers }: FastifyRequest): boolean {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
  return isForm && Number(headers['content-length'] ?? Number.NaN) <= MOST_BYTES
}

/**
 * A request that came as a form goes on as a link (OpenID Connect Core, section 3.1.2.1 demands both): then the browser
 * brings the cookie of whoever is signed in.
 */
async function onward({ url, raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path = ''] = url.split('?', 1)
  const chunks: Buffer[] = []
  for await (const chunk of raw) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  return reply.code(303).header('location', `${path}?${form}`).send()
}
