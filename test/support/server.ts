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

const ATTEMPTS = 4
const PATIENCE = 10_000

/** Starts a server on a free port of the loopback interface, in a fresh directory that goes away with it. */
export async function startServer(kind: Kind): Promise<PrivateServer> {
  const directory = await mkdtemp(join(tmpdir(), `sallyport-${kind.name}-`))
  await kind.prepare(directory)
  const { port, kept } = await firstRun(kind, directory)
  const url = kind.url(port)
  let running = kept
  return Object.freeze({
    url,
    kill: async () => {
      process.kill(running.pid, 'SIGKILL')
      await within(PATIENCE, async () => !(await kind.answers(url)))
    },
    restart: async () => {
      await running.leave()
      running = await runAgain(kind, directory, port)
    },
    stop: () => running.stop(),
  })
}

// Somebody else may take the port between our look and the server's.
async function firstRun(kind: Kind, directory: string): Promise<{ port: number; kept: Kept }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const kept = await kind.run(directory, port)
    if (await within(PATIENCE, () => kind.answers(kind.url(port)))) return { port, kept }
    await giveUpAfter(attempt, kind, directory, kept)
  }
}

// A killed PostgreSQL leaves children for some milliseconds, during which a new one refuses to start.
async function runAgain(kind: Kind, directory: string, port: number): Promise<Kept> {
  for (let attempt = 1; ; attempt++) {
    const kept = await kind.run(directory, port)
    if (await within(PATIENCE / 4, () => kind.answers(kind.url(port)))) return kept
    await giveUpAfter(attempt, kind, directory, kept)
  }
}

async function giveUpAfter(attempt: number, kind: Kind, directory: string, kept: Kept): Promise<void> {
  await kept.leave()
  if (attempt < ATTEMPTS) return
  const log = await readFile(join(directory, 'server.log'), 'utf8').catch(() => '')
  await rm(directory, { recursive: true, force: true })
  throw new Error(`${kind.name} does not start:\n${log.slice(-2000)}`)
}
