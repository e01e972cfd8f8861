// A process that runs one command after another, as its parent asks: started by command-line.ts.
import { enableCompileCache } from 'node:module'
import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from '../../src/cli/index.ts'
import type { CommandAsked, CommandDone } from './command-line.ts'

const PATIENCE_MS = 5_000

enableCompileCache()
process.once('disconnect', () => process.exit())
process.on('message', (asked: CommandAsked) => void run(asked).then((done) => process.send?.(done)))
process.send?.('ready')

async function run({ args, input, cwd, env }: CommandAsked): Promise<CommandDone> {
  const before = process.getActiveResourcesInfo()
  const said = { stdout: '', stderr: '' }
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  process.chdir(cwd)
  be('stdin', Readable.from(input === '' ? [] : [Buffer.from(input)]))
  for (const name of ['stdout', 'stderr'] as const)
    be(
      name,
      collector((text) => (said[name] += text)),
    )
  // What `node` does with an error that nobody catches: it says so and ends with 1.
  const code = await main(args).catch((error: unknown) => {
    said.stderr += error instanceof Error ? error.stack : String(error)
    return 1
  })
  return { code, ...said, left: await leftOver(before) }
}

function be(name: 'stdin' | 'stdout' | 'stderr', value: unknown): void {
  Object.defineProperty(process, name, { value, configurable: true })
}

function collector(hear: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      hear(String(chunk))
      done()
    },
  })
}

/** What would keep a process of this command alone from ending. */
async function leftOver(before: readonly string[]): Promise<string[]> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const left = without(process.getActiveResourcesInfo(), before)
    if (left.length === 0 || Date.now() > end) return left
    await sleep(2, undefined, { ref: false })
  }
}

function without(all: readonly string[], some: readonly string[]): string[] {
  const rest = [...some]
  return all.filter((one) => {
    const at = rest.indexOf(one)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}
