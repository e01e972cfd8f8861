import { hash, type KeyObject, verify } from 'node:crypto'
import type { Static } from 'typebox'
import { type Caller, type Clock, done, type Problem, type Result, refused, Type } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { LONGEST_KEY } from '../format.ts'
import { refuseKey } from '../problems.ts'
import type { LeakOutcome, LeakReport } from './leak.ts'
import { createSigners } from './leak-signers.ts'

/** What GitHub's secret-scanning partner programme sends: one object for each match. */
export const GithubReport = Type.Array(
  Type.Object({
    token: Type.String({ maxLength: 8192 }),
    type: Type.String({ maxLength: 255 }),
    url: Type.Optional(Type.Union([Type.String({ maxLength: 8192 }), Type.Null()])),
    source: Type.Optional(Type.String({ maxLength: 64 })),
  }),
  {
    minItems: 1,
    maxItems: 1000,
    examples: [
      [
        {
          token: 'sp_live_…',
          type: 'sallyport_api_key',
          url: 'https://github.com/octocat/hello/blob/1234567/app.env',
          source: 'content',
        },
      ],
    ],
  },
)

/** What the programme takes as an answer: whether each match was a key. The key goes back as its SHA-256 only. */
export const GithubFeedback = Type.Array(
  Type.Object({
    token_hash: Type.String({ description: 'SHA-256 of the token, in hexadecimal.' }),
    token_type: Type.String(),
    label: Type.Union([Type.Literal('true_positive'), Type.Literal('false_positive')]),
  }),
  { examples: [[{ token_hash: '0000…', token_type: 'sallyport_api_key', label: 'true_positive' }]] },
)
export type GithubFeedback = Static<typeof GithubFeedback>

export type GithubSettings = {
  readonly publicKeys: Readonly<Record<string, string>>
  readonly keysUrl: string | null
}

/** A report as it came: the bytes that were signed, and what the headers say of the signature. */
export type SignedReport = {
  readonly body: Buffer
  readonly identifier: string | undefined
  readonly signature: string | undefined
}

/**
 * Takes reports in the shape of GitHub's secret-scanning partner programme (row K20). Nothing is read of a body whose
 * signature (ECDSA on P-256 with SHA-256, over the raw bytes) is not right.
 *
 * Errors: `GITHUB_REPORTS_OFF`, `SIGNATURE_INVALID`, `UNAVAILABLE`, `JSON_MALFORMED`, `INPUT_INVALID`.
 */
export function createGithubReports(deps: {
  settings: GithubSettings
  leak: (report: LeakReport, caller: Caller) => Promise<LeakOutcome>
  clock: Clock
}) {
  const { publicKeys, keysUrl } = deps.settings
  const off = keysUrl === null && Object.keys(publicKeys).length === 0
  const signerOf = createSigners({ publicKeys, keysUrl, clock: deps.clock })

  return async (report: SignedReport, caller: Caller): Promise<Result<GithubFeedback>> => {
    const problem = off ? refuseKey('GITHUB_REPORTS_OFF') : await signatureProblem(report)
    if (problem !== null) return refused(problem)
    const matches = parsed(report.body)
    if (matches === NOT_JSON) return refused(refuseHttp('JSON_MALFORMED'))
    // Three hundred files that nobody else needs: loaded by the first report that is signed.
    const { Value } = await import('typebox/value')
    if (!Value.Check(GithubReport, matches)) return refused(malformed([...Value.Errors(GithubReport, matches)]))
    const feedback: GithubFeedback = []
    for (const match of matches) feedback.push(await take(match, caller))
    return done(feedback)
  }

  async function signatureProblem({ body, identifier, signature }: SignedReport): Promise<Problem | null> {
    if (identifier === undefined || signature === undefined) return refuseKey('SIGNATURE_INVALID')
    let signer: KeyObject | null
    try {
      signer = await signerOf(identifier)
    } catch (error) {
      return refuseHttp('UNAVAILABLE', { retryAfter: 60, reason: String(error) })
    }
    const right = signer !== null && verify('sha256', body, signer, Buffer.from(signature, 'base64'))
    return right ? null : refuseKey('SIGNATURE_INVALID')
  }

  async function take(match: Static<typeof GithubReport>[number], caller: Caller): Promise<GithubFeedback[number]> {
    const { token, type, url = null, source = 'unknown' } = match
    const report = { key: token, where: null, url: url === '' ? null : url, source: `github:${source}` }
    const outcome = token.length > LONGEST_KEY ? { is: 'unknown' } : await deps.leak(report, caller)
    const label = outcome.is === 'unknown' ? 'false_positive' : 'true_positive'
    return { token_hash: hash('sha256', token, 'hex'), token_type: type, label }
  }
}

const NOT_JSON = Symbol('not JSON')

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return NOT_JSON
  }
}

type Mistake = { readonly instancePath: string; readonly message: string }

function malformed(mistakes: readonly Mistake[]): Problem {
  return refuseHttp('INPUT_INVALID', {
    errors: mistakes.slice(0, 20).map(({ instancePath, message }) => ({
      path: instancePath.slice(1).replaceAll('/', '.') || 'body',
      message,
    })),
  })
}
