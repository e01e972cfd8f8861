import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type Kept, within } from './keeper.ts'

/** A server of a test's own, which the test may kill. */
export type PrivateServer = {
  readonly url: string
  /** Ends it at once, as a crash would. What it had on disk stays. */
  readonly kill: () => Promise<void>
  /** Starts it again after `kill`, on the same address and with what it had on disk. */
  readonly restart: () => Promise<void>
  /** Ends it and removes what it had on disk. */
  readonly stop: () => Promise<void>
}

/** What differs between the servers that tests start. */
export type Kind = {
  readonly name: string
  readonly url: (port: number) => string
  readonly prepare: (directory: string) => Promise<void>
  readonly run: (directory: string, port: number) => Promise<Kept>
  readonly answers: (url: string) => Promise<boolean>
}

type Running = { readonly port: number; readonly kept: Kept }

const ATTEMPTS = 4
const PATIENCE = 15_000

// Reasons that pass: somebody took the port between our look and the server's; a killed PostgreSQL leaves children for
// some milliseconds, during which a new one refuses to start.
const PASSING = /address already in use|pre-existing shared memory/i

/** Starts a server on a free port of the loopback interface, in a fresh directory that goes away with it. */
export async function startServer(kind: Kind): Promise<PrivateServer> {
  const directory = await mkdtemp(join(tmpdir(), `sallyport-${kind.name}-`))
  await kind.prepare(directory)
  const { port, ...first } = await runOnOneOf(kind, directory, freePort)
  const url = kind.url(port)
  let kept = first.kept
  return Object.freeze({
    url,
    kill: async () => {
      process.kill(kept.pid, 'SIGKILL')
      await within(PATIENCE, async () => !(await kind.answers(url)))
    },
    restart: async () => {
      await kept.leave()
      kept = (await runOnOneOf(kind, directory, async () => port)).kept
    },
    stop: () => kept.stop(),
  })
}

async function runOnOneOf(kind: Kind, directory: string, port: () => Promise<number>): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const chosen = await port()
    const kept = await runOn(kind, directory, chosen, attempt)
    if (kept !== null) return { port: chosen, kept }
  }
}

/** Null when it did not start, for a reason that passes. */
async function runOn(kind: Kind, directory: string, port: number, attempt: number): Promise<Kept | null> {
  const log = join(directory, 'server.log')
  await rm(log, { force: true })
  const kept = await kind.run(directory, port)
  const said = (): Promise<string> => readFile(log, 'utf8').catch(() => '')
  let started = false
  await within(PATIENCE, async () => {
    started = await kind.answers(kind.url(port))
    return started || PASSING.test(await said())
  })
  if (started) return kept
  const words = await said()
  if (attempt < ATTEMPTS && PASSING.test(words)) return kept.leave().then(() => null)
  await kept.stop()
  throw new Error(`${kind.name} does not start:\n${words.slice(-2000)}`)
}
