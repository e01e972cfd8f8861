import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, ConfigProblem } from '../config/index.ts'
import { type Command, EXIT, type Invocation } from './command.ts'
import { config, server } from './loaded.ts'
import { readConfig } from './surroundings.ts'
import { UsageError } from './usage.ts'

export const configCommands: readonly Command[] = [
  {
    noun: 'init',
    verb: null,
    summary: 'Write a commented sallyport.yaml here.',
    options: { yes: { type: 'boolean' } },
    help: { yes: 'ask nothing' },
    examples: ['sallyport init --yes'],
    run: init,
  },
  {
    noun: 'config',
    verb: 'check',
    summary: 'Say everything that is wrong with the configuration. Exit code 2 when something is.',
    examples: ['sallyport config check', 'sallyport config check --config /etc/sallyport.yaml --json'],
    run: check,
  },
]

const FILE = 'sallyport.yaml'

async function init(it: Invocation) {
  const path = join(it.around.cwd, FILE)
  const file = await open(path, 'wx', 0o644).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new UsageError(`${FILE} is there already; it was left as it is`)
    throw error
  })
  const { sampleConfig } = await config()
  await file.writeFile(sampleConfig())
  await file.close()
  it.output.result(
    { file: path },
    () => `Wrote ${FILE}. Name your upstream in it, then: sallyport config check && sallyport serve`,
  )
  return EXIT.good
}

async function check(it: Invocation) {
  const loaded = await readConfig(it.around)
  const { file } = loaded
  const wrong = loaded.ok ? await documentsOf(loaded.value) : loaded.problems
  const { adviceOf, formatProblem } = await config()
  if (wrong.length === 0) {
    const warnings = loaded.ok ? adviceOf(loaded.value) : []
    const said = file === null ? 'No file found; the defaults are in force.' : `${file} is right.`
    it.output.result({ ok: true, file, problems: [], warnings }, () => [...warnings, said].join('\n'))
    return EXIT.good
  }
  it.output.result({ ok: false, file, problems: wrong }, () => wrong.map(formatProblem).join('\n'))
  return EXIT.usage
}

// A configuration that points to no documents needs nothing of a server to be checked.
async function documentsOf(value: Config): Promise<readonly ConfigProblem[]> {
  if (value.gateway.routes.every(({ input }) => input.openapi === null && input.graphql === null)) return []
  const { documentProblems } = await server()
  return documentProblems(value)
}
