import type { Principal, Problem } from '../core/index.ts'
import { writablePath } from '../pipeline/index.ts'
import type { Case } from './case.ts'
import { concludeStages, type ExplainedStage } from './explain.ts'
import { STAGES, type StageName } from './judge.ts'

/** What a request asks with, and what the answer tells it with. */
export const EXPLAIN = 'x-sallyport-explain'

const LONGEST = 2048
const LONGEST_DETAIL = 160

/**
 * What each stage said of a request, for the head of its answer: a dictionary of structured fields (RFC 9651, section 3.2).
 *
 * @param stage the stage that it has come to, or that ended it
 * @param mayExplain whether somebody may be told; asked only about who asks for it and proved who they are
 * @returns null for everybody else
 */
export function explainIn(
  of: Case | null,
  stage: StageName,
  problem: Problem | null,
  mayExplain: (principal: Principal) => boolean,
): string | null {
  if (of === null || of.exchange === null || of.exchange.principal.kind === 'anonymous') return null
  if (of.inbound.request.header(EXPLAIN) !== '1' || !mayExplain(of.exchange.principal)) return null
  const reached = STAGES.slice(0, STAGES.indexOf(stage))
  const seen = reached.map((name) => [name, undefined] as const)
  const last = problem === null ? [] : [[stage, problem] as const]
  const { stages } = concludeStages([...seen, ...last], of)
  const members = stages.map((it) => memberOf(it, of))
  const text = members.join(', ')
  // Which stage ended it is told in any case.
  return text.length <= LONGEST ? text : members.map((member) => member.split(';', 1)[0]).join(', ')
}

function memberOf({ stage, verdict, code, status, detail }: ExplainedStage, of: Case): string {
  const told = stage === 'request' ? requestDetail(of) : detail
  const parts = [
    `${stage}=${verdict === 'not reached' ? 'skip' : verdict}`,
    ...(code === undefined ? [] : [`code=${quoted(code)}`]),
    ...(status === undefined ? [] : [`status=${status}`]),
    ...(told === '' ? [] : [`detail=${quoted(told)}`]),
  ]
  return parts.join(';')
}

// A path may hold what should be in no log.
function requestDetail({ inbound: { request }, looksLikeCredential }: Case): string {
  const { method, path, host, client } = request
  return `${method} ${writablePath(path, looksLikeCredential)} on ${host} from ${client.text}`
}

function quoted(text: string): string {
  const plain = text.slice(0, LONGEST_DETAIL).replaceAll(/[^\x20-\x7e]/g, '?')
  return `"${plain.replaceAll(/["\\]/g, '\\$&')}"`
}
