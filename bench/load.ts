import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pinned } from './process.ts'

const run = promisify(execFile)

/** What one round of load showed. Latencies are milliseconds. */
export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number; readonly errors: number }

export type LoadOptions = {
  /** How long. */
  readonly seconds: number
  readonly connections: number
  readonly headers: Readonly<Record<string, string>>
  /** The core, or cores, that the load runs on. */
  readonly core: string
  /** What to POST; a GET without it. */
  readonly body?: unknown
}

/** Asks one URL as fast as it answers, with wrk from the system's packages. */
export async function load(url: string, options: LoadOptions): Promise<Load> {
  if (options.body === undefined) return ask(url, options, [])
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-load-'))
  const script = join(folder, 'post.lua')
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = [==[${JSON.stringify(options.body)}]==]\n`)
  try {
    const headers = { ...options.headers, 'Content-Type': 'application/json' }
    return await ask(url, { ...options, headers }, ['-s', script])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ask(url: string, options: LoadOptions, more: readonly string[]): Promise<Load> {
  const headers = Object.entries(options.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = ['-t1', `-c${options.connections}`, `-d${options.seconds}s`, '--latency', ...more, ...headers, url]
  const [command = 'wrk', ...rest] = [...pinned(options.core), 'wrk', ...args]
  const { stdout } = await run(command, rest)
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN),
    p50: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    errors: errorsOf(stdout),
  }
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

function milliseconds(match: RegExpExecArray | null): number {
  return match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] as string] as number)
}

function errorsOf(stdout: string): number {
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0)
  const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)
  return bad + (socket === null ? 0 : socket.slice(1).reduce((sum, count) => sum + Number(count), 0))
}
