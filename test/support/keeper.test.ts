import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { keep, within } from './keeper.ts'

const program = `
import { keep } from ${JSON.stringify(new URL('./keeper.ts', import.meta.url).href)}
const kept = await keep({ line: ['sleep', '60'], directory: process.argv[1], user: null, signal: 'TERM' })
console.log(kept.pid)
setTimeout(() => undefined, 60_000)
`

it('a server ends and its folder goes when the tests that started it are killed without warning', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-keeper-'))
  const tests = spawn(process.execPath, ['--input-type=module', '-e', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: tests.stdout }), 'line')
  expect(alive(Number(line))).toBe(true)

  tests.kill('SIGKILL')

  expect(await within(5_000, async () => !alive(Number(line)) && !existsSync(directory))).toBe(true)
})

it('a server that is stopped has ended, and its folder is gone', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-keeper-'))
  const kept = await keep({ line: ['sleep', '60'], directory, user: null, signal: 'TERM' })
  await kept.stop()
  expect(alive(kept.pid)).toBe(false)
  expect(existsSync(directory)).toBe(false)
})

it('a server that is left has ended, and its folder stays', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-keeper-'))
  const kept = await keep({ line: ['sleep', '60'], directory, user: null, signal: 'TERM' })
  await kept.leave()
  expect(alive(kept.pid)).toBe(false)
  expect(existsSync(directory)).toBe(true)
  await (await keep({ line: ['true'], directory, user: null, signal: 'TERM' })).stop()
  expect(existsSync(directory)).toBe(false)
})

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
