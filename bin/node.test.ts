import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { isRecent, tooOld } from './node.js'

it.each(['24.12.0', '24.21.0', '25.0.0', '26.10.0'])('Node %s runs Sallyport', (version) => {
  expect(isRecent(version)).toBe(true)
})

it.each(['18.20.0', '20.20.2', '22.99.0', '24.11.1'])('Node %s is too old', (version) => {
  expect(isRecent(version)).toBe(false)
})

it('says which Node is needed and which is here', () => {
  expect(tooOld('v20.20.2')).toMatch(/^Sallyport needs Node >= 24\.12; this is v20\.20\.2\. /)
})

it('a program run instead of us gives its exit code', async () => {
  expect(await endOf(runInstead(`process.exit(7)`))).toEqual([7, null])
})

it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('%s reaches the program run instead of us', async (signal) => {
  const program = `process.on('${signal}', () => process.exit(9)); console.log('ready'); setTimeout(() => {}, 60_000)`
  const child = runInstead(program)
  await once(child.stdout, 'data')
  child.kill(signal)
  expect(await endOf(child)).toEqual([9, null])
})

it('a program killed by a signal counts as failed', async () => {
  expect(await endOf(runInstead(`process.kill(process.pid, 'SIGKILL')`))).toEqual([128 + 9, null])
})

function runInstead(program: string) {
  const file = fileURLToPath(new URL('./node.js', import.meta.url))
  const parameters = JSON.stringify(['-e', program])
  const text = `import { runInstead } from ${JSON.stringify(file)}; runInstead(process.execPath, ${parameters})`
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
}

function endOf(child: ReturnType<typeof runInstead>): Promise<unknown[]> {
  return once(child, 'exit')
}
