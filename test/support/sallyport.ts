import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { World } from './backends.ts'
import { type CommandAnswer, runCommand, spawnCommand } from './command-line.ts'

const BIN = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url))
const PATIENCE_MS = 20_000

/** A Sallyport process as an operator starts it. */
export type RunningSallyport = {
  readonly control: string
  readonly gateway: string
  readonly pid: number
  /** Its configuration file, which nobody else reads. */
  readonly file: string
  /** Everything it wrote so far, both streams. */
  readonly output: () => string
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>
  /** Asks it to stop, and waits. @returns the exit code */
  readonly stop: () => Promise<number | null>
}

/** Sallyport in one world: every process and command started from it shares the world's database and master key. */
export type Place = {
  /** What every process of it is started with, for one that a test runs in itself. */
  readonly env: Readonly<Record<string, string>>
  readonly serve: (options?: {
    role?: string
    yaml?: string
    env?: Record<string, string>
  }) => Promise<RunningSallyport>
  /** Runs a command as `runCommand` does. */
  readonly command: (args: readonly string[], input?: string) => Promise<CommandAnswer>
  /** Runs a command in a process of its own, for what only the process shows. */
  readonly spawn: (args: readonly string[], input?: string) => Promise<CommandAnswer>
  /** A command with `--json` that must succeed. */
  readonly json: (args: readonly string[]) => Promise<Record<string, unknown>>
}

/** @param yaml the configuration file of this place; ports are always free ones */
export async function openPlace(world: World, yaml = ''): Promise<Place> {
  const file = join(world.dataDir, 'sallyport.yaml')
  await writeFile(file, yaml)
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    SALLYPORT_DATA: world.dataDir,
    SALLYPORT_DATABASE_URL: world.databaseUrl,
    SALLYPORT_CONTROL_PORT: '0',
    SALLYPORT_GATEWAY_PORT: '0',
    ...(world.redisUrl === null
      ? {}
      : { SALLYPORT_REDIS_URL: world.redisUrl, SALLYPORT_REDIS_PREFIX: world.redisPrefix }),
    ...(world.databaseUrl.startsWith('sqlite:') ? {} : { SALLYPORT_MASTER_KEY: randomBytes(32).toString('base64') }),
  }

  const command: Place['command'] = (args, input = '') => runCommand({ args, input, cwd: world.dataDir, env })

  return Object.freeze({
    env,
    command,
    spawn: (args: readonly string[], input = '') => spawnCommand({ args, input, cwd: world.dataDir, env }),
    json: async (args: readonly string[]) => {
      const { code, stdout, stderr } = await command([...args, '--json'])
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
      return JSON.parse(stdout) as Record<string, unknown>
    },
    serve: async (options: Parameters<Place['serve']>[0] = {}) => {
      const own = join(world.dataDir, `serve-${randomBytes(4).toString('hex')}.yaml`)
      await writeFile(own, options.yaml ?? yaml)
      const args = ['serve', '--json', '--config', own, ...(options.role === undefined ? [] : ['--role', options.role])]
      const child = spawn(process.execPath, [BIN, ...args], { cwd: world.dataDir, env: { ...env, ...options.env } })
      return started(child, own)
    },
  })
}

async function started(child: ChildProcess, file: string): Promise<RunningSallyport> {
  let output = ''
  const line = new Promise<{ control: string; gateway: string }>((resolve, reject) => {
    const fail = setTimeout(() => reject(new Error(`not ready in time:\n${output}`)), PATIENCE_MS)
    child.stderr?.on('data', (text) => {
      output += text
    })
    child.stdout?.on('data', (text) => {
      output += text
      const first = output.split('\n').find((row) => row.startsWith('{"control"'))
      if (first === undefined) return
      clearTimeout(fail)
      resolve(JSON.parse(first))
    })
    child.once('exit', (code) => {
      clearTimeout(fail)
      reject(new Error(`ended with ${code} before it was ready:\n${output}`))
    })
  })
  const { control, gateway } = await line
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  return Object.freeze({
    control,
    gateway,
    pid: child.pid as number,
    file,
    output: () => output,
    kill: async () => {
      if (!isOver()) child.kill('SIGKILL')
      await (isOver() ? undefined : ended)
    },
    stop: async () => {
      if (isOver()) return child.exitCode
      child.kill('SIGTERM')
      return ended
    },
  })
}

/** An upstream that remembers what reached it. */
export type Upstream = {
  readonly url: string
  readonly seen: readonly { method: string; url: string; headers: IncomingMessage['headers'] }[]
  readonly close: () => Promise<void>
}

export async function startUpstream(): Promise<Upstream> {
  const seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = []
  const server: Server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"upstream"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.freeze({
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** Waits until something holds, asking every 20 ms; false when it does not within the time. */
export async function eventually(holds: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs
  while (Date.now() < end) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return holds()
}
