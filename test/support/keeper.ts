import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** The operating system's user a server runs as; null means the one who runs the tests. */
export type User = { readonly uid: number; readonly gid: number } | null

type Command = {
  readonly line: readonly [string, ...string[]]
  readonly directory: string
  readonly user: User
  /** How the server is told to stop. */
  readonly signal: 'TERM' | 'QUIT'
}

/** A running server. */
export type Kept = {
  readonly pid: number
  /** Ends the server and removes its directory. */
  readonly stop: () => Promise<void>
  /** Ends the server and leaves its directory, so that it can start again from it. */
  readonly leave: () => Promise<void>
}

// The shell reads until we are gone, whatever ended us, SIGKILL included: no server or directory outlives a test run.
// It repeats itself, since a server that is just starting does not hear it yet.
const SCRIPT = `
directory=$1 signal=$2; shift 2
cd "$directory" || exit 1
"$@" >>server.log 2>&1 &
server=$!
echo "$server"
word=
read -r word
while kill -s "$signal" "$server" 2>/dev/null; do sleep 0.05; done
[ "$word" = leave ] || { cd / && rm -rf "$directory"; }
`

/** Starts a server that ends when this process ends, however it ends. What it prints goes to `server.log` in its directory. */
export async function keep(command: Command): Promise<Kept> {
  const child = spawn('sh', ['-c', SCRIPT, 'sh', command.directory, command.signal, ...command.line], {
    // In its own group, so that Ctrl-C reaches the tests alone and they can still close what they opened.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    ...command.user,
  })
  const pid = await firstNumber(child)
  child.unref()
  unref(child.stdin)
  unref(child.stdout)
  return { pid, stop: () => end(child, ''), leave: () => end(child, 'leave\n') }
}

function unref(pipe: unknown): void {
  if (pipe !== null && typeof pipe === 'object' && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}

async function firstNumber(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('no output of the server to read')
  child.once('error', () => undefined)
  for await (const line of createInterface({ input: child.stdout })) return Number(line)
  throw new Error('the server could not be started')
}

function end(child: ChildProcess, word: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  child.ref()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.stdin?.end(word)
  })
}

/** A port of the loopback interface that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

/** Asks until the answer is yes or the time is over; says which. */
export async function within(milliseconds: number, ask: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + milliseconds
  for (;;) {
    if (await ask()) return true
    if (Date.now() > end) return false
    await sleep(10)
  }
}
