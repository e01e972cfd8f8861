import type { Command } from './command.ts'

const COMMON_HELP = [
  '  --json           print one JSON document and nothing else on stdout',
  '  --config FILE    the configuration file (sallyport.yaml or sallyport.config.ts here)',
  '  --data DIR       the data directory (.sallyport)',
  '  --server URL     work on that server instead of the local store',
  '  --key KEY        the key for --server (or SALLYPORT_KEY)',
]

/** All commands, a line each. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => usage(command).length))
  const lines = commands.map((command) => `  ${usage(command).padEnd(width)}  ${command.summary}`)
  return [
    'Who is asking, may they, and what happened.',
    '',
    ...lines,
    '',
    'sallyport <command> --help tells more.',
  ].join('\n')
}

export function nounHelp(noun: string, commands: readonly Command[]): string {
  return [`sallyport ${noun}:`, ...commands.map((command) => `  ${command.verb}  ${command.summary}`)].join('\n')
}

/** Everything about one command, with examples. */
export function commandHelp(command: Command): string {
  const own = Object.entries(command.help ?? {}).map(([name, text]) => `  --${name.padEnd(15)}${text}`)
  const options = own.length === 0 ? [] : ['', 'Options:', ...own]
  const examples = ['', 'Examples:', ...command.examples.map((example) => `  ${example}`)]
  return [
    `sallyport ${usage(command)}`,
    command.summary,
    ...options,
    '',
    'Everywhere:',
    ...COMMON_HELP,
    ...examples,
  ].join('\n')
}

/** What to say of a word that is no command: the nearest that is. */
export function unknownWord(what: string, word: string, known: readonly string[]): string {
  const names = [...new Set(known)]
  const near = names.find((name) => name.startsWith(word.slice(0, 3))) ?? names.find((name) => name.includes(word))
  const hint = near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${near}"?`
  return `There is no ${what} "${word}". ${hint}`
}

function usage({ noun, verb, words }: Command): string {
  return [noun, verb, words].filter((part) => part !== null && part !== undefined).join(' ')
}
