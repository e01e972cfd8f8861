import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
// The machine's own Node and npm, as somebody has them who just cloned.
const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_|^VITEST/.test(name)))

describe('in a fresh clone, where nothing is installed', () => {
  let clone: string
  const npm = (...parameters: string[]) =>
    run('npm', parameters, { cwd: clone, env: { ...env, PATH: path.join(delimiter) }, maxBuffer: 1 << 26 })

  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'sallyport-clone-'))
    await run('git', ['clone', '--quiet', root, clone])
  })

  afterAll(() => rm(clone, { recursive: true, force: true }))

  it('a command installs what is missing, and its output is nothing but its own', async () => {
    const { stdout, stderr } = await npm('run', '-s', 'sallyport', '--', 'keys', 'verify', 'nonsense', '--json').catch(
      (refusal: { stdout: string; stderr: string }) => refusal,
    )
    expect(stderr).toContain('Installing packages')
    expect(JSON.parse(stdout)).toMatchObject({ valid: false })
  })

  it('the next command finds everything there', async () => {
    const { stderr } = await npm('run', '-s', 'sallyport', '--', '--help')
    expect(stderr).not.toContain('Installing packages')
  })

  it('the tests run, on the Node that the clone carries', async () => {
    const { stdout } = await npm('test', '--', 'bin')
    expect(stdout).toMatch(/\d+ passed, 0 failed\n$/)
  })

  it('npm start prints a key and three lines to try, and each answers as it says', async () => {
    const child = spawn('npm', ['start'], {
      cwd: clone,
      env: { ...env, PATH: path.join(delimiter), ...PORTS },
      detached: true,
    })
    try {
      const text = await printed(child)
      const [refused, passed] = curls(text)
      expect(await answer(refused)).toMatchObject({ status: 401, type: 'application/problem+json', challenged: true })
      expect(await answer(passed)).toMatchObject({ status: 200, body: expect.stringContaining('ord_7Kq2mX9vTz') })
      const [, id = ''] = /npx sallyport keys revoke (key_\w+)/.exec(text) ?? []
      await run('npx', ['sallyport', 'keys', 'revoke', id], { cwd: clone, env: { ...env, PATH: path.join(delimiter) } })
      await new Promise((resolve) => setTimeout(resolve, 1000))
      expect(await answer(passed)).toMatchObject({ status: 401, body: expect.stringContaining('KEY_REVOKED') })
    } finally {
      process.kill(-(child.pid as number), 'SIGTERM')
      await new Promise((resolve) => child.once('close', resolve))
    }
  })

  function printed(child: ChildProcess): Promise<string> {
    let text = ''
    return new Promise((resolve, reject) => {
      child.stdout?.on('data', (part) => {
        text += part
        if (text.includes('Ctrl-C')) resolve(text)
      })
      child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${text}`)))
    })
  }

  function curls(text: string): string[] {
    return [...text.matchAll(/^ +(curl .*)$/gm)].map(([, line]) => line ?? '')
  }

  async function answer(line = '') {
    const { stdout } = await run('bash', ['-c', `${line} -s`])
    const [head = '', body = ''] = stdout.split('\r\n\r\n')
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
    const type = /^content-type: (.*)$/im.exec(head)?.[1]?.trim()
    return { status, type, challenged: /^www-authenticate:/im.test(head), body }
  }
})

// Free ones, whatever else runs on this machine.
const PORTS = { SALLYPORT_CONTROL_PORT: '0', SALLYPORT_GATEWAY_PORT: '0' }
