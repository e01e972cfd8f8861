import type { Problem } from '../../core/index.ts'
import { readJson } from '../application.ts'
import { askProvider, type CaptchaVerdict } from './captcha.ts'
import { solvedEvent } from './events.ts'
import { type Challenge, type Flow, LONGEST, type Pass } from './flow.ts'
import type { FlowGround } from './flows.ts'
import { ASSETS, pageOf } from './page.ts'
import { PASS_HEADER, passCookie } from './pass.ts'
import { refuseFlow } from './problems.ts'
import { isSolved, seedOf } from './proof-of-work.ts'

/** What is asked under the prefix of verifications. */
export type Asked = {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly header: (name: string) => string | undefined
  /** The whole body, or null where it is too large. */
  readonly body: () => Promise<Buffer | null>
}

export type FlowAnswer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer }
  | Problem

/** Wrong and right solutions in a minute: for the same thing, and of one holder of challenges for all things. */
const ATTEMPTS = Object.freeze({ max: 10, per: 60_000 })
const ATTEMPTS_AT_ALL = Object.freeze({ max: 60, per: 60_000 })

// Nothing here is known by a cookie, so pages of every origin may ask.
const OPEN = Object.freeze({
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

/**
 * Answers a request about a challenge: `GET` tells it, as JSON or as a page that solves it; `POST` takes a solution and gives a
 * pass. Nothing is kept of challenges that are not solved, and whoever has none of ours makes nobody work.
 *
 * Errors: `VERIFICATION_UNKNOWN`, `VERIFICATION_EXPIRED`, `VERIFICATION_MALFORMED`, `VERIFICATION_FAILED`,
 * `VERIFICATION_SPENT`, `VERIFICATION_TOO_OFTEN`, `VERIFICATION_UNAVAILABLE`.
 */
export async function answerVerification(
  asked: Asked,
  flows: ReadonlyMap<string, Flow>,
  ground: FlowGround,
): Promise<FlowAnswer> {
  const text = asked.path.slice(ground.prefix.length)
  const asset = ASSETS.get(text)
  if (asset !== undefined && isRead(asked)) return asset
  if (asked.method === 'OPTIONS') return preflight()
  const answer = await answerChallenge(asked, text, flows, ground)
  return 'code' in answer ? { ...answer, headers: { ...OPEN, ...answer.headers } } : answer
}

async function answerChallenge(
  asked: Asked,
  text: string,
  flows: ReadonlyMap<string, Flow>,
  ground: FlowGround,
): Promise<FlowAnswer> {
  const challenge = (await ground.seal()).open('challenge', text) as Challenge | null
  const flow = challenge === null ? undefined : flows.get(challenge.route)
  if (challenge === null || flow === undefined) return refuseFlow('VERIFICATION_UNKNOWN')
  if (challenge.until <= ground.now()) return refuseFlow('VERIFICATION_EXPIRED')
  if (asked.method === 'POST') return solve(asked, text, challenge, flow, ground)
  if (!isRead(asked)) return refuseFlow('VERIFICATION_UNKNOWN', { reason: 'method' })
  if (/\btext\/html\b/.test(asked.header('accept') ?? '')) return pageOf(text, challenge, flow.settings)
  return json(toldOf(text, challenge, flow))
}

/** What a program needs to solve it. */
function toldOf(text: string, { until, bits }: Challenge, { settings: { action, verify } }: Flow): object {
  const common = { kind: verify.kind, action, expiresAt: new Date(until).toISOString() }
  return verify.kind === 'proof-of-work'
    ? { ...common, algorithm: 'SHA-256', seed: seedOf(text), bits }
    : { ...common, siteKey: verify.siteKey }
}

async function solve(
  asked: Asked,
  text: string,
  challenge: Challenge,
  flow: Flow,
  ground: FlowGround,
): Promise<FlowAnswer> {
  const { once, record, now } = ground
  const { action, verify } = flow.settings
  const mayTry = await once.take('attempts-at-all', challenge.who, ATTEMPTS_AT_ALL)
  const tries = mayTry === true ? await once.take('attempts', challenge.bound, ATTEMPTS) : mayTry
  if (tries === null) return refuseFlow('VERIFICATION_UNAVAILABLE', { retryAfter: 5 })
  if (!tries) return refuseFlow('VERIFICATION_TOO_OFTEN', { retryAfter: 60 })
  const sent = await sentIn(asked)
  if (sent === null) return refuseFlow('VERIFICATION_MALFORMED')
  const told = { action, kind: verify.kind }
  const verdict = await judge(sent, text, challenge, flow, ground)
  if (verdict.is !== 'good') {
    record(solvedEvent('flow.unverified', flow.route, { ...told, why: verdict.why }))
    if (verdict.is === 'unknown') return refuseFlow('VERIFICATION_UNAVAILABLE', { retryAfter: 5 })
    return refuseFlow('VERIFICATION_FAILED', { reason: verdict.why })
  }
  const first = await once.take('challenge', challenge.id, { max: 1, per: LONGEST })
  if (first === null) return refuseFlow('VERIFICATION_UNAVAILABLE', { retryAfter: 5 })
  if (!first) {
    record(solvedEvent('flow.unverified', flow.route, { ...told, why: 'solved already' }))
    return refuseFlow('VERIFICATION_SPENT')
  }
  const until = now() + verify.pass
  const pass = (await ground.seal()).close('pass', { id: challenge.id, bound: challenge.bound, until } satisfies Pass)
  record(solvedEvent('flow.verified', flow.route, told))
  const given = { pass, header: PASS_HEADER, expiresAt: new Date(until).toISOString() }
  return json(given, { 'set-cookie': passCookie(pass, verify.pass) })
}

async function judge(
  sent: Readonly<Record<string, unknown>>,
  text: string,
  { bits }: Challenge,
  { settings }: Flow,
  ground: FlowGround,
): Promise<CaptchaVerdict> {
  const { action, verify } = settings
  if (verify.kind === 'proof-of-work')
    return isSolved(seedOf(text), sent.nonce, bits) ? { is: 'good' } : { is: 'bad', why: 'too few bits' }
  return askProvider(sent.token, { settings: verify, action, secret: await ground.secretOf(settings) }, ground)
}

const LARGEST = 8192

// A form of another site cannot send this type without asking first.
async function sentIn({ header, body }: Asked): Promise<Readonly<Record<string, unknown>> | null> {
  if (!/^application\/json(\s*;|$)/i.test(header('content-type') ?? '')) return null
  const bytes = await body()
  if (bytes === null || bytes.length > LARGEST) return null
  const read = readJson(bytes, { depth: 1, keys: 4 })
  if (!read.ok || typeof read.value !== 'object' || read.value === null) return null
  return read.value as Record<string, unknown>
}

function isRead({ method }: Asked): boolean {
  return method === 'GET' || method === 'HEAD'
}

function json(value: object, headers: Readonly<Record<string, string>> = {}): FlowAnswer {
  return {
    status: 200,
    headers: { ...OPEN, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  }
}

function preflight(): FlowAnswer {
  const allowed = {
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '86400',
  }
  return { status: 204, headers: { ...OPEN, ...allowed }, body: '' }
}
