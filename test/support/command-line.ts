import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What one command answered. */
export type CommandAnswer = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type CommandAsked = {
  readonly args: readonly string[]
  readonly input: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** The answer, and what the command left running in the process. */
export type CommandDone = CommandAnswer & { readonly left: readonly string[] }

const BIN = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./command-process.ts', import.meta.url))

type Shared = { readonly child: ChildProcess; readonly ended: Promise<never> }

let shared: Promise<Shared> | undefined
let before: Promise<unknown> = Promise.resolve()

/**
 * Runs a command line in the process that all commands of a test file share: loading the program takes longer than
 * most commands. They run one after another.
 *
 * @throws when the command leaves something behind that would have kept its process from ending
 */
export function runCommand(asked: CommandAsked): Promise<CommandAnswer> {
  const answer = before.then(() => ask(asked))
  before = answer.catch(() => undefined)
  return answer
}

async function ask(asked: CommandAsked): Promise<CommandAnswer> {
  shared ??= startShared()
  const { child, ended } = await shared
  keepAlive(child, true)
  child.send(asked)
  const [{ left, ...answer }] = (await Promise.race([once(child, 'message'), ended])) as [CommandDone]
  keepAlive(child, false)
  if (left.length > 0) throw new Error(`${asked.args.join(' ')} does not end: ${left.join(', ')}`)
  return answer
}

// It ends when this process does, since the channel between them closes then.
async function startShared(): Promise<Shared> {
  const child = fork(PROGRAM, { execArgv: ['--disable-warning=ExperimentalWarning'], serialization: 'advanced' })
  const ended = once(child, 'exit').then(([code, signal]) => {
    shared = undefined
    throw new Error(`the process of the commands ended with ${code ?? signal}`)
  })
  await Promise.race([once(child, 'message'), ended])
  return { child, ended }
}

function keepAlive(child: ChildProcess, isNeeded: boolean): void {
  const how = isNeeded ? 'ref' : 'unref'
  child[how]()
  child.channel?.[how]()
}

/** Runs a command line in a process of its own, as an operator does. */
export function spawnCommand({ args, input, ...around }: CommandAsked): Promise<CommandAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], around)
    const parts = { stdout: '', stderr: '' }
    child.stdout.on('data', (text) => {
      parts.stdout += text
    })
    child.stderr.on('data', (text) => {
      parts.stderr += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...parts }))
    child.stdin.end(input)
  })
}
