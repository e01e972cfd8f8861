import type { ProblemTable } from '../../src/core/index.ts'
import { markdownTable } from './table.ts'

const HEAD = `# Problems

You got an answer with a \`code\` and want to know what it means and what to do. This page has them all; it is generated
from the tables that the answers are made from.

A refusal is \`application/problem+json\` (RFC 9457), the same in shape at both doors:

\`\`\`json
{
  "type": "urn:sallyport:problem:credential-missing",
  "title": "Authentication required",
  "status": 401,
  "detail": "The request has no credential. Send an API key in \\"Authorization: Bearer …\\" or \\"X-API-Key\\".",
  "code": "CREDENTIAL_MISSING",
  "requestId": "req_…"
}
\`\`\`

- Programs compare \`code\`. Titles and details are for people and may change; a code never changes its meaning and a
  retired one is never used again.
- \`requestId\` is the \`X-Request-ID\` of the answer. Whoever runs the server finds the event with it:
  \`sallyport audit search --request req_…\`. What the answer does not say, the event does.
- \`errors\` (with \`INPUT_INVALID\` and \`GRANT_EXCEEDED\`) names each wrong field: \`{ "path": …, "message": … }\`.
- 401 comes with \`WWW-Authenticate\`, 405 with \`Allow\`, 429 and most 503 with \`Retry-After\` in seconds.
- \`type\` is \`urn:sallyport:problem:\` and the code in lower case with dashes: a name, not an address.
`

/** Codes that are not what a caller of the gateway sees, and where they are found instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  KEY_MALFORMED: 'Only in events and in the answer of key verification; on the wire it is `KEY_INVALID`.',
  KEY_NOT_FOUND: 'Only in events and in the answer of key verification; on the wire it is `KEY_INVALID`.',
  CLIENT_CLOSED_REQUEST: 'Only in events: there is nobody left to answer.',
}

/** `docs/problems.md`: every code with its status and its words, by status. */
export function renderProblemsDoc(problems: ProblemTable): string {
  const statuses = [...new Set(Object.values(problems).map(({ status }) => status))].sort((a, b) => a - b)
  return [HEAD, ...statuses.map((status) => section(status, problems))].join('\n')
}

function section(status: number, problems: ProblemTable): string {
  const codes = Object.keys(problems)
    .filter((code) => problems[code]?.status === status)
    .sort()
  return `## ${status}\n\n${markdownTable(
    ['code', 'title', 'what it says'],
    codes.map((code) => row(code, problems)),
  )}\n`
}

function row(code: string, problems: ProblemTable): string[] {
  const { title = '', detail = '' } = problems[code] ?? {}
  const note = ELSEWHERE[code]
  return [`\`${code}\``, title, note === undefined ? detail : `${detail} *${note}*`]
}
