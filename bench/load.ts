import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { pinned } from './process.ts'

const run = promisify(execFile)

/** What one round of load showed. Latencies are milliseconds. */
export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number; readonly errors: number }

/**
 * Asks one URL as fast as it answers, with wrk from the system's packages.
 *
 * @param seconds how long
 */
export async function load(
  url: string,
  options: { seconds: number; connections: number; headers: Record<string, string>; core: string },
): Promise<Load> {
  const headers = Object.entries(options.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = ['-t1', `-c${options.connections}`, `-d${options.seconds}s`, '--latency', ...headers, url]
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
