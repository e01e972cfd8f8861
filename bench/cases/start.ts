import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, residentMiB } from '../process.ts'
import { atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 5
const SETTLE_MS = 3_000
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Of a clone the sources run; the published package has them joined. */
const FORMS = [
  { form: 'published', bin: join(ROOT, 'dist', 'bin', 'sallyport.js') },
  { form: 'clone', bin: join(ROOT, 'bin', 'sallyport.js') },
]

/** From the start of the process to the first 200 of `/readyz`: with a new data directory, and with one that is there. */
export async function benchStart(): Promise<Figure[]> {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')], { cwd: ROOT, stdio: 'ignore' })
  const figures: Figure[] = []
  for (const { form, bin } of FORMS) figures.push(...(await measure(form, bin)))
  return figures
}

async function measure(form: string, bin: string): Promise<Figure[]> {
  const first: number[] = []
  const again: number[] = []
  const memory: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
    first.push((await start(bin, data)).seconds)
    const second = await start(bin, data, SETTLE_MS)
    again.push(second.seconds)
    memory.push(second.residentMiB)
    rmSync(data, { recursive: true, force: true })
  }
  return [
    figure(`start, very first, ${form}`, 's', first, atMost(3)),
    figure(`start, existing store, ${form}`, 's', again, atMost(1)),
    figure(`memory when idle, ${form}`, 'MiB', memory, atMost(150)),
  ]
}

async function start(bin: string, data: string, settle = 0): Promise<{ seconds: number; residentMiB: number }> {
  const [control, gateway] = [await freePort(), await freePort()]
  const env = {
    PATH: process.env.PATH,
    SALLYPORT_DATA: data,
    SALLYPORT_CONTROL_PORT: String(control),
    SALLYPORT_GATEWAY_PORT: String(gateway),
  }
  const began = performance.now()
  const child = spawn(process.execPath, [bin, 'serve', '--json'], {
    cwd: data,
    env,
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  await untilReady(`http://127.0.0.1:${control}/readyz`, child)
  const seconds = (performance.now() - began) / 1000
  await new Promise((resolve) => setTimeout(resolve, settle))
  const resident = await residentMiB(child.pid as number)
  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('exit', resolve))
  return { seconds, residentMiB: resident }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`the server ended with ${child.exitCode} before it was ready`)
}
