import { execFile } from 'node:child_process'
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
})
