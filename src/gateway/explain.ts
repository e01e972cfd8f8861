import { parseAddress } from '../core/index.ts'
import { openCase, peerOf, readRequest, type Verdict } from '../pipeline/index.ts'
import type { Case } from './case.ts'
import type { Snapshot } from './door.ts'
import { judge, preflightRoute, STAGES, type StageName } from './judge.ts'
import type { LoadedRoute } from './route/load-routes.ts'
import type { Target } from './upstream/target.ts'

/** A request to ask about. */
export type Question = {
  readonly method: string
  /** A path, or a whole URL whose host becomes the Host header. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** The address that the connection would come from; 127.0.0.1 unless said otherwise. */
  readonly address?: string
}

export type ExplainedStage = {
  readonly stage: StageName
  readonly verdict: 'pass' | 'deny' | 'not reached'
  readonly detail: string
  readonly code?: string
  readonly status?: number
}

/** What would happen to a request, stage by stage. */
export type Explanation = {
  readonly allowed: boolean
  readonly status: number | null
  readonly code: string | null
  readonly stages: readonly ExplainedStage[]
}

/**
 * Runs a question through the stages that a request runs through, and charges and forwards nothing.
 *
 * @throws RangeError for an address or URL that is none
 */
export async function explain(question: Question, snapshot: Snapshot, at: number): Promise<Explanation> {
  const read = readRequest(toArrival(question, snapshot, at), snapshot.reading)
  if ('code' in read) return concludeStages([['request', read]], null)
  const of: Case = openCase(read, snapshot.table, snapshot.reading.looksLikeCredential)
  const seen: [StageName, Verdict][] = [['request', undefined]]
  const asked = preflightRoute(of)
  if (asked !== null) return explainPreflight(of, asked)
  try {
    await judge(of, true, (stage, verdict) => seen.push([stage, verdict]))
  } finally {
    of.grant?.release?.()
  }
  return withWords(concludeStages(seen, of), of)
}

/** What steps know of a request that they let through stands beside their names. */
async function withWords(explanation: Explanation, of: Case): Promise<Explanation> {
  const steps = Object.values(of.route?.steps ?? {}).flat()
  const telling = steps.filter(({ tell }) => tell !== undefined)
  if (telling.length === 0 || of.exchange === null) return explanation
  const stages: ExplainedStage[] = []
  for (const it of explanation.stages) {
    const words = []
    for (const step of telling) if (step.stage === it.stage) words.push(await step.tell?.(of.exchange))
    const passed = it.verdict === 'pass' && words.length > 0
    stages.push(passed ? { ...it, detail: `${it.detail} (${words.join('; ')})` } : it)
  }
  return { ...explanation, stages }
}

function explainPreflight(of: Case, route: LoadedRoute): Explanation {
  of.route = route
  const found = route.front.preflight?.(of.inbound.request)
  if (found !== undefined && 'code' in found)
    return concludeStages(
      [
        ['request', undefined],
        ['route', found],
      ],
      of,
    )
  const { stages } = concludeStages(
    [
      ['request', undefined],
      ['route', undefined],
    ],
    of,
  )
  const answered = stages.map((it) => {
    if (it.stage === 'route') return { ...it, detail: `${it.detail}, which answers the browser itself` }
    return ['request', 'event'].includes(it.stage) ? it : { ...it, verdict: 'not reached' as const, detail: '' }
  })
  return { allowed: true, status: 204, code: null, stages: answered }
}

/** What each stage says, of those that were seen and of all others. */
export function concludeStages(seen: readonly (readonly [StageName, Verdict])[], of: Case | null): Explanation {
  const denied = seen.find(([, verdict]) => verdict !== undefined)?.[1]
  const verdicts = new Map(seen)
  const stages = STAGES.map((stage): ExplainedStage => {
    const verdict = verdicts.get(stage)
    if (verdict !== undefined) {
      const { code, status, detail, reason } = verdict
      return { stage, verdict: 'deny', detail: reason === undefined ? detail : `${detail} (${reason})`, code, status }
    }
    // Whatever happens, there is an Event.
    if (stage === 'event')
      return { stage, verdict: 'pass', detail: `request.${denied === undefined ? 'allowed' : 'denied'}` }
    if (denied !== undefined && !verdicts.has(stage)) return { stage, verdict: 'not reached', detail: '' }
    return { stage, verdict: 'pass', detail: of === null ? '' : DETAILS[stage](of) }
  })
  return { allowed: denied === undefined, status: denied?.status ?? null, code: denied?.code ?? null, stages }
}

const DETAILS: Readonly<Record<StageName, (of: Case) => string>> = {
  request: ({ inbound: { request } }) =>
    `${request.method} ${request.path} on ${request.host} from ${request.client.text}`,
  route: ({ route }) =>
    `${route?.id}: ${route?.methods?.join(', ') ?? 'any method'} ${route?.host ?? ''}${route?.path}`,
  transport: ({ route }) => `body of at most ${route?.maxBody} bytes`,
  who: ({ principal }) => `${principal?.kind} ${principal?.id}`,
  limits: ({ route, grant }) => names(route?.steps.limits, grant?.limits),
  access: ({ route, grant }) => names(route?.steps.access, grant?.access),
  input: ({ route }) => names([...(route?.steps.input ?? []), ...(route?.rules.body ?? [])], undefined),
  upstream: ({ route }) => `${route?.upstream.name}: ${route?.upstream.targets.map(targetText).join(', ')}`,
  output: ({ route }) => ['headers of the inside removed', ...outputOf(route)].join(', '),
  event: () => '',
}

function outputOf(route: Case['route']): readonly string[] {
  return [...(route?.front.heads ?? []), ...(route?.rules.answer ?? [])].map(({ name }) => name)
}

function targetText({ origin, weight, state }: Target): string {
  const breaker = state.breaker === 'closed' ? [] : [`breaker ${state.breaker}`]
  const words = [...(weight === 1 ? [] : [`weight ${weight}`]), ...(state.unhealthy ? ['unhealthy'] : []), ...breaker]
  return words.length === 0 ? origin : `${origin} (${words.join(', ')})`
}

type Named = { readonly name: string }

function names(steps: readonly Named[] | undefined, granted: Named | undefined): string {
  const all = [...(steps ?? []), ...(granted === undefined ? [] : [granted])].map(({ name }) => name)
  return all.length === 0 ? 'nothing to check' : all.join(', ')
}

function toArrival({ method, url, headers = {}, address = '127.0.0.1' }: Question, snapshot: Snapshot, at: number) {
  const from = parseAddress(address)
  if (from === null) throw new RangeError(`"${address}" is not an address`)
  const whole = url.startsWith('/') ? null : wholeUrl(url)
  const lines: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : value) lines.push(name, one)
  }
  const hasHost = lines.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (!hasHost) lines.push('host', whole?.host ?? 'localhost')
  return {
    method: method.toUpperCase(),
    target: whole === null ? url : whole.target,
    version: '1.1',
    lines,
    peer: peerOf(from, snapshot.reading.trusted),
    encrypted: url.startsWith('https:'),
    at,
  }
}

// Cut by hand: a URL parser would tidy the path that is asked about.
function wholeUrl(url: string): { host: string; target: string } {
  const match = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(url)
  if (match === null) throw new RangeError(`"${url}" is neither a path nor an http URL`)
  const target = match[2] as string
  return { host: match[1] as string, target: target.startsWith('/') ? target : `/${target}` }
}
