import type { Principal, Problem } from '../../core/index.ts'
import { problemAnswer } from '../../pipeline/index.ts'
import type { Case } from '../case.ts'
import { identityHeaders } from '../upstream/outbound.ts'
import type { Dialect } from './original.ts'

/** What a caller is told. */
export type Told = { readonly status: number; readonly lines: readonly string[]; readonly body: Buffer }

/** What upstreams learn from us alone. */
const OURS = [
  'x-principal-id',
  'x-principal-kind',
  'x-principal-organization',
  'x-principal-scopes',
  'x-sallyport-identity',
]

/** The request may go on, and this is who sends it. */
export function tellPassed(dialect: Dialect, of: Case, identity: string | undefined): Told {
  const lines = [
    ...identityHeaders(of.principal as Principal, identity),
    ...of.notes,
    ...envelope(of.inbound.request.id),
  ]
  if (dialect === 'nginx') return { status: 204, lines, body: NOTHING }
  // What the client says under a name that is not told here would go on.
  const unsaid = OURS.filter((name) => !lines.includes(name))
  const gone = ['x-envoy-auth-headers-to-remove', [...of.spent.headers, ...unsaid].join(',')]
  return { status: 200, lines: [...lines, ...gone, 'content-length', '0'], body: NOTHING }
}

/** Why it may not. nginx takes 401 and 403 alone: the status that its client is to see stands beside. */
export function tellRefused(dialect: Dialect, problem: Problem, notes: readonly string[], requestId: string): Told {
  const { body, lines } = problemAnswer(problem, { requestId, notes, last: false })
  const { status, code } = problem
  if (dialect === 'envoy') return { status, lines, body }
  const told = ['x-sallyport-status', String(status), 'x-sallyport-code', code]
  return { status: status === 401 ? 401 : 403, lines: [...lines, ...told], body }
}

function envelope(requestId: string): string[] {
  return ['cache-control', 'no-store', 'x-request-id', requestId]
}

const NOTHING = Buffer.alloc(0)
