import type { Exchange, Problem } from '../../core/index.ts'
import type { Case } from '../case.ts'
import type { LoadedRoute } from '../route/load-routes.ts'
import type { Errand } from '../upstream/errand.ts'
import { outboundPath } from '../upstream/outbound.ts'
import { withholding } from './held.ts'
import type { RequestBody } from './request-body.ts'
import { askingBefore, askingForWhole, ofRuledBody, type Ruling, ruledBody } from './rules.ts'
import type { AnswerHeaders } from './writer.ts'

/** A request that was judged, and the headers that it goes on with. */
export type Outbound = { readonly of: Case; readonly headers: string[] }

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A request as it is sent on. */
export function plainErrand({ of, headers }: Outbound, body: RequestBody | Buffer | null): Errand {
  const { upstream, rewrite } = of.route as LoadedRoute
  const pathOn = (base: string) => outboundPath(of, base)
  const { answer = null } = rewrite ?? {}
  const told = answer === null ? null : (from: AnswerHeaders) => answer(from, of.inbound.wire)
  return { upstream, method: of.inbound.request.method, headers, body, pathOn, withhold: null, passed: null, told }
}

/** A request whose route has rules about bodies. Of `HEAD` the whole answer is needed to know what it would tell. */
export function ruledErrand({ of, headers }: Outbound, body: RequestBody | Buffer | null, changed: boolean): Errand {
  const { rules } = of.route as LoadedRoute
  const told = rules.body.length === 0 ? headers : ofRuledBody(headers, rules.body, changed)
  const plain = plainErrand({ of, headers: told }, body)
  const { answer } = rules
  if (answer.length === 0) return plain
  const withhold: Errand['withhold'] = (status, headers) =>
    withholding(of.exchange as Exchange, answer, status, headers)
  if (!answer.some(({ whole }) => whole)) return { ...plain, withhold }
  const { method } = plain
  return {
    ...plain,
    method: method === 'HEAD' ? 'GET' : method,
    headers: askingForWhole(told, SAFE.has(method)),
    withhold,
  }
}

/** The GET before a request that changes something, or null where none is asked for. */
export function lookErrand({ of, headers }: Outbound, passed: () => void): Errand | null {
  const { rules } = of.route as LoadedRoute
  const { before } = rules
  if (before === null || SAFE.has(of.inbound.request.method)) return null
  const plain = plainErrand({ of, headers: askingBefore(headers) }, null)
  const only = [before]
  const withhold: Errand['withhold'] = (status, head) => withholding(of.exchange as Exchange, only, status, head)
  return { ...plain, method: 'GET', withhold, passed }
}

/** What the route's rules say of a request's body, one after the other, also where there is none. */
export function ruleOnBody(of: Case, bytes: Buffer): Ruling {
  const { rules } = of.route as LoadedRoute
  const { header } = of.inbound.request
  let body = ruledBody({ type: header('content-type'), encoding: header('content-encoding'), bytes })
  for (const { judge, unpacks } of rules.body) {
    const ruling = judge(of.exchange as Exchange, body)
    if (ruling.is === 'deny') return ruling
    const { type, encoding } = body
    if (ruling.bytes !== body.bytes || unpacks === true)
      body = ruledBody({ type, encoding: unpacks === true ? undefined : encoding, bytes: ruling.bytes })
  }
  return { is: 'body', bytes: body.bytes }
}

/** What is asked when every rule let a body go on, or null where nothing more is. */
export function lastOnBody(of: Case, bytes: Buffer): Promise<Problem | null> | null {
  const { last = null } = (of.route as LoadedRoute).rules
  const { header } = of.inbound.request
  return (
    last?.judge(of.exchange as Exchange, ruledBody({ type: header('content-type'), encoding: undefined, bytes })) ??
    null
  )
}

/** Whether a body has to be kept because the request may be sent again: it is small, and its length is known. */
export function mayHaveToRepeat({ route, inbound: { framing, request } }: Case): boolean {
  const { retries } = (route as LoadedRoute).upstream
  if (retries === null || framing.is !== 'length') return false
  return framing.bytes <= retries.settings.maxBody && retries.settings.methods.includes(request.method)
}
