import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

type Row = {
  readonly risk: string
  readonly attack: string
  readonly without: string | null
  readonly with: string
  readonly refused: boolean
}
type Report = { readonly rows: readonly Row[]; readonly fine: Readonly<Record<string, string>> }

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** What the gateway answers to each attack. 200 where the answer is for them, and what they wanted is not in it. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  API1: ['404 OBJECT_NOT_FOUND', '200', '404 OBJECT_NOT_FOUND'],
  API2: ['401 TOKEN_MALFORMED', '401 SIGNATURE_INVALID', '200', '429 RATE_LIMITED'],
  API3: ['200', '403 PROPERTY_NOT_WRITABLE', '400 BODY_AMBIGUOUS'],
  API4: [
    '400 PAGE_SIZE_REFUSED',
    '413 BODY_EXPANDS_TOO_FAR',
    '413 REQUEST_BODY_TOO_LARGE',
    '400 JSON_TOO_COMPLEX',
    '400 GRAPHQL_TOO_COMPLEX',
    '429 RATE_LIMITED',
  ],
  API5: ['403 LEVEL_MISSING', '403 LEVEL_MISSING', '405 METHOD_NOT_ALLOWED'],
  API6: ['428 VERIFICATION_REQUIRED', '428 VERIFICATION_REQUIRED'],
  API7: ['422 OUTBOUND_REFUSED', '422 OUTBOUND_REFUSED', '422 OUTBOUND_REFUSED', '400 INPUT_INVALID'],
  API8: ['500 UPSTREAM_ERROR', '200', '200', '200'],
  API9: ['410 ROUTE_GONE', '404 ROUTE_NOT_FOUND', '200'],
  API10: ['200', '200', '200'],
}

describe('the attacks of examples/owasp', { timeout: 120_000 }, () => {
  let report: Report

  beforeAll(async () => {
    // As its reader would start it; it ends with another code when an attack brings something.
    const { stdout } = await run(process.execPath, ['examples/owasp/run.ts', '--json'], { cwd: root })
    report = JSON.parse(stdout) as Report
  }, 180_000)

  it.each(Object.entries(ANSWERS))('of %s work on the shop, and bring nothing behind the gateway', (risk, answers) => {
    const rows = report.rows.filter((row) => row.risk === risk)
    expect(rows.map((row) => row.with)).toEqual(answers)
    expect(rows.filter((row) => !row.refused || row.without === null)).toEqual([])
  })

  it('are all of them listed here', () => {
    expect([...new Set(report.rows.map(({ risk }) => risk))]).toEqual(Object.keys(ANSWERS))
  })

  it('leave alone what is allowed', () => {
    expect(Object.keys(report.fine)).toHaveLength(7)
    expect(new Set(Object.values(report.fine))).toEqual(new Set(['200']))
  })
})
