import { isAbsolute, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Finding } from './finding.ts'
import type { ScanReport } from './scan.ts'

const RULE = 'sallyport-key'

/**
 * The report as SARIF 2.1.0 (OASIS), for code hosts that show findings beside the code. `partialFingerprints` keeps a
 * finding one and the same while the lines around it move (section 3.27.16).
 */
export function sarifOf(report: ScanReport, surroundings: { readonly cwd: string; readonly version: string }) {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: driver(surroundings.version) },
        columnKind: 'unicodeCodePoints',
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report) }],
        results: report.findings.map((finding) => resultOf(finding, surroundings.cwd)),
      },
    ],
  }
}

function driver(version: string) {
  return {
    name: 'Sallyport',
    semanticVersion: version,
    rules: [
      {
        id: RULE,
        name: 'ApiKeyFound',
        shortDescription: { text: 'An API key lies where others can read it.' },
        fullDescription: {
          text: 'A key of Sallyport, known by its form and its checksum, is in a file or in the history of a repository.',
        },
        help: {
          text: 'Revoke the key (sallyport keys leaked, or keys revoke), make a new one, and keep it in a secret store. Taking it out of the file does not help: whoever read it has it.',
        },
        defaultConfiguration: { level: 'error' },
        properties: { tags: ['security'], 'security-severity': '9.0' },
      },
    ],
  }
}

function notifications({ unread, remarks }: ScanReport) {
  const texts = [...unread.map(({ path, reason }) => `${path} was not looked through: ${reason}.`), ...remarks]
  return texts.map((text) => ({ level: 'warning', message: { text } }))
}

function resultOf(finding: Finding, cwd: string) {
  const { path, line, column, commit, authorDate, fingerprint, level, keyId, environment, hint, place, status } =
    finding
  const when = commit === null ? '' : `, in commit ${commit}${authorDate === null ? '' : ` of ${authorDate}`}`
  return {
    ruleId: RULE,
    ruleIndex: 0,
    level,
    message: { text: `The ${environment} key ${hint} (${keyId}) lies in ${path}${when}.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path, cwd) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
    partialFingerprints: { 'sallyportKey/v1': fingerprint },
    properties: { keyId, environment, place, commit, authorDate, ...(status === undefined ? {} : { status }) },
  }
}

// Relative to where the scan was started, as code hosts expect; whole for what lies elsewhere (section 3.4.3).
function uriOf(path: string, cwd: string): string {
  if (path.startsWith('(')) return encodeURI(path)
  const inside = relative(cwd, resolve(cwd, path))
  if (inside.startsWith('..') || isAbsolute(inside)) return pathToFileURL(resolve(cwd, path)).href
  return inside.split(sep).map(encodeURIComponent).join('/')
}
