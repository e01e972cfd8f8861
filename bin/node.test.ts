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

it('under npm, a program ends when the shell between them is gone', async () => {
  const program = `process.on('SIGTERM', () => { console.log('ended'); process.exit() }); console.log('ready'); setTimeout(() => {}, 60_000)`
  const line = [process.execPath, ...parametersOf(program)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  const shell = spawn('sh', ['-c', `${line.join(' ')}; true`], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(shell.stdout, 'data')
  shell.kill('SIGKILL')
  const [said] = await once(shell.stdout, 'data')
  expect(String(said)).toBe('ended\n')
})

function runInstead(program: string) {
  return spawn(process.execPath, parametersOf(program), { stdio: ['ignore', 'pipe', 'inherit'] })
}

function parametersOf(program: string): string[] {
  const file = fileURLToPath(new URL('./node.js', import.meta.url))
  const parameters = JSON.stringify(['-e', program])
  const text = `import { runInstead } from ${JSON.stringify(file)}; runInstead(process.execPath, ${parameters})`
  return ['--input-type=module', '-e', text]
}

function endOf(child: ReturnType<typeof runInstead>): Promise<unknown[]> {
  return once(child, 'exit')
}
