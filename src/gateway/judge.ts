import { bodyTooLarge, createJudge, DECIDING, type Stages, type Verdict } from '../pipeline/index.ts'
import type { Case } from './case.ts'
import { refuseRequest } from './problems.ts'
import type { LoadedRoute } from './route/load-routes.ts'
import { asksForWebSocket, handshakeFault } from './websocket/websocket.ts'

/** The stages that decide, in their order: those of the gateway, then those that every way in shares. */
const ALL_DECIDING = [['route', findRoute], ['transport', checkTransport], ...DECIDING] as const satisfies Stages<
  Case,
  string
>

/** Every stage of a request, in order: what `explain` prints. */
export const STAGES = Object.freeze([
  'request',
  ...ALL_DECIDING.map(([name]) => name),
  'upstream',
  'output',
  'event',
] as const)

export type StageName = (typeof STAGES)[number]

/** Judges a request. Undefined when it may be forwarded. */
export const judge = createJudge<Case, StageName>(ALL_DECIDING)

/** Judges a request that another proxy asks about: only routes that say so are there for it. */
export const judgeAsked = createJudge<Case, StageName>([['route', findAsked], ...ALL_DECIDING.slice(1)])

/**
 * The route of a request by which a browser asks whether a page may send another: that of the other request. Nobody is asked who
 * they are before, for browsers send no credential with it. Null where it is a request like any other, and where routes that the
 * headers of the other request choose between would say different things: a browser names those headers, and not their values.
 */
export function preflightRoute({ inbound: { request }, table }: Case): LoadedRoute | null {
  if (request.method !== 'OPTIONS' || request.header('origin') === undefined) return null
  const method = request.header('access-control-request-method')
  if (method === undefined) return null
  const among = table.among({ ...request, method }).filter(({ front }) => front.absent?.(request) !== 'hidden')
  const [found, ...others] = among
  if (found === undefined || found.front.preflight === null) return null
  const said = JSON.stringify(found.front.preflight(request))
  return others.every(({ front }) => JSON.stringify(front.preflight?.(request)) === said) ? found : null
}

function findRoute(of: Case): Verdict {
  const found = of.table.find(of.inbound.request)
  if ('code' in found) return found
  const absent = found.front.absent?.(of.inbound.request) ?? null
  // Nothing of a hidden route may be told, its headers included.
  if (absent === 'hidden') return refuseRequest('ROUTE_NOT_FOUND', { reason: `${found.id} is internal` })
  of.route = found
  return absent === 'gone' ? refuseRequest('ROUTE_GONE') : undefined
}

function findAsked(of: Case): Verdict {
  const verdict = findRoute(of)
  if (verdict !== undefined || of.route?.decisions === true) return verdict
  const reason = `${of.route?.id} has no decisions`
  of.route = null
  return refuseRequest('ROUTE_NOT_FOUND', { reason })
}

function checkTransport(of: Case): Verdict {
  const { request, framing, expects, upgrade } = of.inbound
  if (upgrade !== undefined && /(^|[\s,])websocket([\s,/]|$)/i.test(upgrade)) {
    const { websocket } = of.route as LoadedRoute
    if (websocket === null || !asksForWebSocket(of.inbound)) return refuseRequest('UPGRADE_NOT_SUPPORTED')
    const fault = handshakeFault(of.inbound, websocket)
    if (fault !== null) return fault
  }
  if ((of.route as LoadedRoute).clientCertificate && request.certificate === undefined)
    return refuseRequest('CLIENT_CERTIFICATE_MISSING')
  if (expects !== undefined && expects.toLowerCase() !== '100-continue') return refuseRequest('EXPECTATION_FAILED')
  if (framing.is === 'none') return undefined
  const bodiless = request.method === 'GET' || request.method === 'HEAD'
  if (bodiless && (framing.is === 'chunked' || framing.bytes > 0)) return refuseRequest('REQUEST_BODY_UNEXPECTED')
  return bodyTooLarge(of)
}
