import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A peer in its own process, bound to some cores where the machine lets us. */
export type Peer = { readonly process: ChildProcess; readonly url: string; readonly stop: () => Promise<void> }

/** Starts a file of `bench/peers`, on a free port unless told, and waits for its word that it is ready. */
export async function startPeer(
  name: string,
  env: Record<string, string>,
  cores: string,
  onPort?: string,
): Promise<Peer> {
  const port = onPort ?? (await freePort())
  const file = fileURLToPath(new URL(`./peers/${name}.ts`, import.meta.url))
  const command = [...pinned(cores), process.execPath, '--expose-gc', '--disable-warning=ExperimentalWarning', file]
  const child = spawn(command[0] as string, command.slice(1), {
    env: { PATH: process.env.PATH, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => text.toString().includes('ready') && resolve())
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready`)))
  })
  return { process: child, url: `http://127.0.0.1:${port}`, stop: () => stopProcess(child) }
}

/** Ends a process kindly, and after fifteen seconds otherwise. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(force)
}

/** A command line that keeps what follows on some cores; nothing where there is no `taskset`. */
export function pinned(cores: string): string[] {
  return process.platform === 'linux' ? ['taskset', '-c', cores] : []
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Resident memory of a process in MiB, as the kernel counts it. */
export async function residentMiB(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout.trim()) / 1024
}
