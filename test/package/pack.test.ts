import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXPORTS } from '../../scripts/published-manifest.ts'
import { freePort } from '../support/keeper.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const subpaths = EXPORTS.map(([subpath]) => `sallyport${subpath.slice(1)}`)
const MINUTES = 5 * 60_000

describe('the packed package, installed in an empty folder', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-package-'))
    await run(process.execPath, ['scripts/build.ts'], { cwd: root })
    await run('npm', ['pack', join(root, 'dist'), '--silent'], { cwd: folder })
    const [tarball] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
    await writeFile(join(folder, 'package.json'), '{ "name": "somebody", "private": true, "type": "module" }')
    await run('npm', ['install', `./${tarball}`, '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder })
  }, MINUTES)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(subpaths)('%s can be imported', async (name) => {
    const program = `const exported = Object.keys(await import('${name}')); console.log(exported.length)`
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder })
    expect(Number(stdout)).toBeGreaterThan(0)
    expect(stderr).toBe('')
  })

  it('its types hold in a program that uses it', async () => {
    const imports = subpaths.map((name, index) => `import * as part${index} from '${name}'\nconsole.log(part${index})`)
    await writeFile(join(folder, 'program.ts'), `${imports.join('\n')}\nexport const wrong: string = part0\n`)
    const types = join(root, 'node_modules', '@types')
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024']
    const tsc = run('tsc', [...options, '--typeRoots', types, '--types', 'node', 'program.ts'], { cwd: folder })
    // Only the planted mistake is found: an import that could not be resolved would be another, or none.
    const { stdout } = await tsc.catch((error: { stdout: string }) => error)
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((line) => /^\S/.test(line)),
    ).toEqual([expect.stringContaining(`error TS2322: Type 'typeof import(`)])
  })

  it('its command runs and says what it can do', async () => {
    const { stdout } = await run('npx', ['--no-install', 'sallyport', '--help'], { cwd: folder })
    expect(stdout).toMatch(/^\s*(usage: )?sallyport /im)
  })

  it('it serves: pages with their style, passwords, keys and the audit record', { timeout: MINUTES }, async () => {
    const env = {
      ...process.env,
      SALLYPORT_DATA: join(folder, 'data'),
      SALLYPORT_CONTROL_PORT: String(await freePort()),
      SALLYPORT_GATEWAY_PORT: String(await freePort()),
    }
    const command = join(folder, 'node_modules', 'sallyport', 'bin', 'sallyport.js')
    const sallyport = async (...words: string[]) => {
      const running = run(process.execPath, [command, ...words, '--json'], { cwd: folder, env })
      running.child.stdin?.end('correct horse battery staple 42')
      return JSON.parse((await running).stdout)
    }
    const server = spawn(process.execPath, [command, 'serve', '--json'], { cwd: folder, env, stdio: 'ignore' })
    const control = `http://127.0.0.1:${env.SALLYPORT_CONTROL_PORT}`
    const ready = () =>
      fetch(`${control}/readyz`).then(
        ({ status }) => status,
        () => 0,
      )
    try {
      await expect.poll(ready, { timeout: 60_000, interval: 100 }).toBe(200)
      const page = await (await fetch(`${control}/oauth/sign-in`)).text()
      const [style] = /\/[^"]+\.css[^"]*/.exec(page) ?? []
      expect((await fetch(`${control}${style}`)).headers.get('content-type')).toMatch(/^text\/css/)
      const person = await sallyport('users', 'create', '--email', 'ada@example.com', '--password-stdin')
      expect(person.email).toBe('ada@example.com')
      const { key } = await sallyport('keys', 'create', '--name', 'packed')
      expect((await sallyport('keys', 'verify', key)).code).toBe('VALID')
      expect((await sallyport('audit', 'verify')).ok).toBe(true)
    } finally {
      server.kill()
      await once(server, 'exit')
    }
  })

  it('it holds no tests and nothing of Node itself, and runs none of its scripts when installed', async () => {
    const installed = join(folder, 'node_modules', 'sallyport')
    const files = (await readdir(installed, { recursive: true })).filter((file) => !file.startsWith('node_modules'))
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'bin/sallyport.js', 'lib/cli/main.js']))
    expect(files.filter((file) => /\.test\.|(^|\/)testing[./]|(?<!\.d)\.ts$/.test(file))).toEqual([])
    expect((await readdir(join(folder, 'node_modules'))).filter((name) => name.startsWith('node-linux'))).toEqual([])
    expect(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))).not.toHaveProperty('scripts')
  })
})
