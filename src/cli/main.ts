import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { VERSION } from '../core/index.ts'
import { type Api, openApi } from './api.ts'
import { type Command, EXIT, type Exit, type OptionValue } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, nounHelp, overview, unknownWord } from './help.ts'
import { createOutput } from './output.ts'
import { UsageError } from './usage.ts'

/** The options that every command takes. */
const COMMON: ParseArgsOptionsConfig = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  config: { type: 'string' },
  data: { type: 'string' },
  server: { type: 'string' },
  key: { type: 'string' },
}

/**
 * Runs one command line.
 *
 * @param argv the words after `sallyport`
 * @returns the exit code: 0 good, 1 the thing asked about is bad, 2 wrong usage or configuration
 */
export async function main(argv: readonly string[]): Promise<Exit> {
  try {
    return await dispatch(argv)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    return EXIT.usage
  }
}

async function dispatch(argv: readonly string[]): Promise<Exit> {
  const [noun, verb] = argv
  if (noun === undefined || noun === '--help' || noun === '-h' || noun === 'help') return say(overview(commands))
  if (noun === '--version' || noun === 'version') return version()
  const ofNoun = commands.filter((command) => command.noun === noun)
  if (ofNoun.length === 0)
    throw new UsageError(
      unknownWord(
        'command',
        noun,
        commands.map((command) => command.noun),
      ),
    )
  const whole = ofNoun.find((command) => command.verb === null)
  if (whole !== undefined) return invoke(whole, argv.slice(1))
  if (verb === undefined || verb.startsWith('-')) {
    if (verb === '--help' || verb === '-h') return say(nounHelp(noun, ofNoun))
    throw new UsageError(nounHelp(noun, ofNoun))
  }
  const command = ofNoun.find((it) => it.verb === verb)
  if (command === undefined)
    throw new UsageError(
      unknownWord(
        `${noun} command`,
        verb,
        ofNoun.map((it) => it.verb ?? ''),
      ),
    )
  return invoke(command, argv.slice(2))
}

async function invoke(command: Command, args: readonly string[]): Promise<Exit> {
  const { values, positionals } = parse(command, args)
  if (values.help === true) return say(commandHelp(command))
  checkWords(command, positionals)
  const output = createOutput(values.json === true)
  const around = {
    cwd: process.cwd(),
    env: process.env,
    configFile: text(values.config),
    data: text(values.data),
    server: text(values.server),
    key: text(values.key) ?? (values.server === undefined ? undefined : process.env.SALLYPORT_KEY),
  }
  let opened: Promise<Api> | undefined
  const api = () => {
    opened ??= openApi(around)
    return opened
  }
  try {
    return await command.run({ words: positionals, options: values, output, around, api })
  } finally {
    await (await opened?.catch(() => undefined))?.close()
  }
}

function parse(command: Command, args: readonly string[]) {
  try {
    const options = { ...COMMON, ...command.options }
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    return { values: values as Record<string, OptionValue>, positionals }
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${commandHelp(command)}`)
  }
}

function checkWords(command: Command, words: readonly string[]): void {
  const wanted = command.wordCount ?? 0
  if (words.length === wanted || (command.moreWords === true && words.length > wanted)) return
  throw new UsageError(`This command takes ${command.words ?? 'no further words'}.\n\n${commandHelp(command)}`)
}

function version(): Exit {
  return say(VERSION)
}

function say(text: string): Exit {
  process.stdout.write(`${text}\n`)
  return EXIT.good
}

function text(value: OptionValue): string | undefined {
  return typeof value === 'string' ? value : undefined
}
