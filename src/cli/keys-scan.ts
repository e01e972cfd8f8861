import { readFile } from 'node:fs/promises'
import { VERSION } from '../core/index.ts'
import type { Environment } from '../keys/index.ts'
import { type Command, EXIT, type Exit, type Invocation, listOption, textOption } from './command.ts'
import type { Finding } from './scan/finding.ts'
import { createProgressLine } from './scan/progress.ts'
import { sarifOf } from './scan/sarif.ts'
import { type ScanReport, scan } from './scan/scan.ts'
import { textOf } from './scan/text.ts'
import { UsageError } from './usage.ts'

const FORMATS = ['text', 'json', 'sarif']
const ENVIRONMENTS: readonly Environment[] = ['live', 'test', 'dev', 'int']

export const keyScanCommands: readonly Command[] = [
  {
    noun: 'keys',
    verb: 'scan',
    summary: 'Find keys in files and in the history of a repository. Exit code 1 when one is found.',
    words: 'PATH…',
    wordCount: 1,
    moreWords: true,
    options: {
      git: { type: 'boolean' },
      'no-git': { type: 'boolean' },
      all: { type: 'boolean' },
      format: { type: 'string' },
      env: { type: 'string', multiple: true },
      brand: { type: 'string' },
      baseline: { type: 'string' },
      'server-verify': { type: 'boolean' },
    },
    help: {
      git: 'also look through the whole history of the repository that holds PATH (so by default when PATH is one)',
      'no-git': 'look through files alone',
      all: 'also look into node_modules',
      format: 'text, json or sarif (text)',
      env: 'only keys of these environments, such as live,int; may be repeated (all)',
      brand: 'how keys begin (sp)',
      baseline: 'a report (--json) whose findings are known and left out',
      'server-verify': 'ask the server by its id whether each key is still active; the key itself is not sent',
    },
    examples: [
      'sallyport keys scan .',
      'sallyport keys scan . --format sarif > keys.sarif',
      'git diff --staged | sallyport keys scan - --env live,int',
    ],
    run,
  },
]

async function run(it: Invocation): Promise<Exit> {
  const format = formatOf(it)
  const environments = environmentsOf(it)
  const brand = brandOf(it)
  const git = gitOf(it)
  const known = await knownOf(it)
  const line = createProgressLine(process.stderr)
  const wishes = { brand, environments, git, known, all: it.options.all === true, progress: line.tell }
  const found = await scan({ ...wishes, paths: it.words, stdin: process.stdin }).finally(line.end)
  const report = it.options['server-verify'] === true ? await withStatus(it, found) : found
  if (format === 'sarif') it.output.line(JSON.stringify(sarifOf(report, { cwd: it.around.cwd, version: VERSION })))
  else if (format === 'json') it.output.line(JSON.stringify(report))
  else it.output.result(report, () => textOf(report))
  return report.findings.length === 0 ? EXIT.good : EXIT.bad
}

function formatOf(it: Invocation): string {
  const format = textOption(it, 'format') ?? (it.output.json ? 'json' : 'text')
  if (!FORMATS.includes(format)) throw new UsageError(`--format takes text, json or sarif, not "${format}"`)
  if (it.output.json && format !== 'json') throw new UsageError(`--json and --format ${format} exclude each other`)
  return format
}

function environmentsOf(it: Invocation): ReadonlySet<Environment> {
  const words = listOption(it, 'env').flatMap((text) => text.split(','))
  const unknown = words.find((word) => !ENVIRONMENTS.includes(word as Environment))
  if (unknown !== undefined) throw new UsageError(`--env takes ${ENVIRONMENTS.join(', ')}, not "${unknown}"`)
  return new Set(words.length === 0 ? ENVIRONMENTS : (words as Environment[]))
}

function brandOf(it: Invocation): string {
  const brand = textOption(it, 'brand') ?? 'sp'
  if (!/^[a-z0-9]{1,8}$/.test(brand)) throw new UsageError(`--brand takes 1 to 8 of a-z and 0-9, not "${brand}"`)
  return brand
}

function gitOf(it: Invocation): 'auto' | 'yes' | 'no' {
  const { git, 'no-git': noGit } = it.options
  if (git === true && noGit === true) throw new UsageError('--git and --no-git exclude each other')
  return git === true ? 'yes' : noGit === true ? 'no' : 'auto'
}

async function knownOf(it: Invocation): Promise<ReadonlySet<string>> {
  const file = textOption(it, 'baseline')
  if (file === undefined) return new Set()
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--baseline ${file} cannot be read: ${error.message}`)
  })
  const fingerprints = fingerprintsOf(text)
  if (fingerprints === null) throw new UsageError(`--baseline ${file} is no report; make one with keys scan --json`)
  return new Set(fingerprints)
}

function fingerprintsOf(text: string): string[] | null {
  try {
    const { findings } = JSON.parse(text) as { findings: { fingerprint: unknown }[] }
    const fingerprints = findings.map(({ fingerprint }) => fingerprint)
    return fingerprints.every((it) => typeof it === 'string') ? fingerprints : null
  } catch {
    return null
  }
}

// By id, which is public: the use of a found key would be counted, and its last use is what an investigation needs.
async function withStatus(it: Invocation, report: ScanReport): Promise<ScanReport> {
  const api = await it.api()
  const states = new Map<string, string>()
  for (const { keyId } of report.findings) {
    if (states.has(keyId)) continue
    const { status, body } = await api.call('GET', `/v1/keys/${keyId}`)
    const answer = (body ?? {}) as { status?: string; detail?: string }
    if (status !== 200 && status !== 404) throw new UsageError(`The server does not say: ${answer.detail ?? status}`)
    states.set(keyId, status === 404 ? 'unknown' : String(answer.status))
  }
  const asked = (finding: Finding) => ({ ...finding, status: states.get(finding.keyId) ?? 'unknown' })
  return { ...report, findings: report.findings.map(asked) }
}
