import { anonymous, type Exchange, type Problem } from '../core/index.ts'
import { byStage, type Case, createJudge, DECIDING, type Guard, hasBody, refuseRequest } from '../pipeline/index.ts'
import { heldBody, holdBody, replaceBody } from './held-body.ts'
import type { BodyRule, InputRules, RuledBody } from './rules.ts'
import type { Arrived, Asked, Guarding } from './visit.ts'

const judge = createJudge<Case, string>(DECIDING.filter(([stage]) => stage === 'input'))

/**
 * A guard of what a request brings, whoever asks. Of a body that is looked into all is read, as far as it may be, and put back for
 * the application and its parser.
 *
 * @param nobody what the guard is where nobody was asked before who it is
 */
export function inputGuard(rules: InputRules, nobody: Guard): Guarding {
  const route: Guard = Object.freeze({ ...nobody, steps: byStage(rules.steps) })
  return (of, _, arrived) => {
    const exchange = exchangeOf(of, arrived, route)
    const asked = judge({ ...of, exchange, route }, false)
    if (asked instanceof Promise) return asked.then((late) => late ?? lookInside(of, arrived, exchange, rules))
    return asked ?? lookInside(of, arrived, exchange, rules)
  }
}

function exchangeOf({ exchange, inbound }: Case, { incoming }: Arrived, { identity }: Guard): Exchange {
  const { request } = inbound
  const known = exchange ?? { request, principal: anonymous, route: identity }
  if (heldBody(incoming)?.unpacked !== true) return known
  // A guard before this one unpacked the body: what it says of itself is no longer so.
  const header = (name: string) => (name === 'content-encoding' ? undefined : request.header(name))
  return { ...known, request: { ...request, header } }
}

function lookInside(of: Case, arrived: Arrived, exchange: Exchange, { rules, maxBody }: InputRules) {
  const { framing } = of.inbound
  const most = Math.min(maxBody, of.grant?.maxBody ?? maxBody)
  if (framing.is === 'length' && framing.bytes > most && heldBody(arrived.incoming) === undefined)
    return tooLarge(`${framing.bytes} of ${most} bytes`)
  if (!hasBody(of.inbound)) return asInput(ruleOn(rules, exchange, Buffer.alloc(0)))
  // Of a length that was told no more comes.
  if (rules.length === 0 && framing.is === 'length') return undefined
  return readInside(arrived, exchange, rules, most)
}

async function readInside(
  { incoming, response }: Arrived,
  exchange: Exchange,
  rules: InputRules['rules'],
  most: number,
) {
  const bytes = await holdBody(incoming, response, most)
  const ruled = bytes === null ? null : ruleOn(rules, exchange, bytes)
  if (ruled !== null && 'bytes' in ruled) {
    if (ruled.bytes !== bytes) replaceBody(incoming, ruled.bytes)
    return undefined
  }
  // Nobody reads what there is of it, and what will come.
  incoming.resume()
  return ruled === null ? tooLarge('while it came in') : asInput(ruled)
}

function ruleOn(rules: readonly BodyRule[], exchange: Exchange, bytes: Buffer): Problem | { readonly bytes: Buffer } {
  const { header } = exchange.request
  let body = bodyOf(header('content-type'), header('content-encoding'), bytes)
  for (const { judge, unpacks } of rules) {
    const ruling = judge(exchange, body)
    if (ruling.is === 'deny') return ruling.problem
    if (ruling.bytes !== body.bytes || unpacks === true)
      body = bodyOf(body.type, unpacks === true ? undefined : body.encoding, ruling.bytes)
  }
  return { bytes: body.bytes }
}

function bodyOf(type: string | undefined, encoding: string | undefined, bytes: Buffer): RuledBody {
  let read: { readonly is: unknown } | null = null
  return {
    type,
    encoding,
    bytes,
    json: () => {
      read ??= { is: JSON.parse(bytes.toString()) as unknown }
      return read.is
    },
  }
}

function asInput(ruled: ReturnType<typeof ruleOn>): Asked {
  return 'bytes' in ruled ? undefined : { stage: 'input', problem: ruled }
}

function tooLarge(reason: string): Asked {
  return { stage: 'input', problem: refuseRequest('REQUEST_BODY_TOO_LARGE', { reason }) }
}
