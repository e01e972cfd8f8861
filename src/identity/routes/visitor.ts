import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem, Result } from '../../core/index.ts'
import { sendProblem } from '../../http/index.ts'
import { STRANGE_BROWSER } from '../device/browser.ts'
import type { Identity } from '../identity.ts'
import { refuseIdentity } from '../problems.ts'
import { DEVICE_COOKIE, readCookie, SESSION_COOKIE, setCookie } from '../session/cookie.ts'
import { isForeignOrigin } from '../session/origin.ts'
import type { Opened } from '../session/sessions.ts'
import type { Standing, Visitor } from '../sign-in/sign-ins.ts'
import { personBody, sessionBody } from './body.ts'

/** Who is at the door of a request that signs somebody in. */
export async function visitorOf(request: FastifyRequest, identity: Identity): Promise<Visitor> {
  const token = readCookie(request.headers.cookie, DEVICE_COOKIE)
  const browser = token === null || token === 'ambiguous' ? STRANGE_BROWSER : await identity.browserOf(token)
  return { caller: request.caller, browser }
}

/** Why a page of somebody else may not sign a visitor in; null when the request comes from ours, or from no page. */
export function foreignPage(request: FastifyRequest, identity: Identity): Problem | null {
  const header = (name: string) => {
    const value = request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  return isForeignOrigin({ header }, identity.origins) ? refuseIdentity('ORIGIN_REFUSED') : null
}

/** Answers where a sign-in stands; at its end the session is in a cookie that no script reads. */
export function sendStanding(
  reply: FastifyReply,
  result: Result<Standing>,
  now: number,
  more: { readonly backupCodes?: readonly string[] | null } = {},
): FastifyReply {
  if (!result.ok) return sendProblem(reply, result.problem)
  const standing = result.value
  if (standing.next !== 'done') {
    const { next, methods, flow, expiresAt } = standing
    const token = flow === null ? {} : { flow: flow.reveal() }
    return reply.send({ ...more, next, methods, ...token, expiresAt: new Date(expiresAt).toISOString() })
  }
  const { opened, person, device } = standing
  const cookies = [setCookie(SESSION_COOKIE, opened.token, opened.session.endsAt - now)]
  if (device !== null) cookies.push(setCookie(DEVICE_COOKIE, device.token, DEVICE_COOKIE_MS))
  reply.header('set-cookie', cookies)
  return reply.send({
    ...more,
    next: 'done',
    methods: [],
    session: sessionBody(opened.session, opened.session.id),
    person: personBody(person),
  })
}

/** Browsers keep a cookie for 400 days at the most (RFC 6265bis, section 5.5). */
const DEVICE_COOKIE_MS = 400 * 24 * 3_600_000

/** Puts the token of a session into its cookie. */
export function keepOpened(reply: FastifyReply, { session, token }: Opened, now: number): void {
  reply.header('set-cookie', setCookie(SESSION_COOKIE, token, session.endsAt - now))
}

/** Answers a session that has another token now: in its cookie, and what it is. */
export function sendOpened(reply: FastifyReply, opened: Opened, now: number): FastifyReply {
  keepOpened(reply, opened, now)
  return reply.send(sessionBody(opened.session, opened.session.id))
}
