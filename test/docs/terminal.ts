import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXPORTS } from '../../scripts/published-manifest.ts'
import { freePort } from '../support/keeper.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PATIENCE_MS = 60_000
const PORTS = ['4000', '8080', '9090'] as const

export type Ran = { readonly output: string; readonly exit: number; readonly failed: readonly string[] }

/** The reader's terminal: a folder, a shell that remembers its variables, and what keeps running beside it. */
export type Terminal = {
  readonly folder: string
  readonly run: (text: string) => Promise<Ran>
  /** Starts something that does not end. Resolves with its output once it has said the words. */
  readonly start: (text: string, words: string) => Promise<string>
  /** Stops what keeps running, as Ctrl-C would. */
  readonly stop: () => Promise<void>
  readonly save: (name: string, text: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens a terminal in a fresh folder. `replace` names what the page says and what is meant here. */
export async function openTerminal(replace: Readonly<Record<string, string>> = {}): Promise<Terminal> {
  const home = await mkdtemp(join(tmpdir(), 'sallyport-docs-'))
  const folder = join(home, 'sallyport')
  const ports = await Promise.all(PORTS.map(() => freePort()))
  await furnish(home, folder, String(ports[2]))
  const env = {
    PATH: [join(home, 'bin'), dirname(process.execPath), process.env.PATH].join(':'),
    HOME: home,
    CURL_HOME: home,
    SALLYPORT_CONTROL_PORT: String(ports[0]),
    SALLYPORT_GATEWAY_PORT: String(ports[1]),
    PORT: String(ports[2]),
    SALLYPORT_REDIS_PREFIX: `docs-${ports.join('-')}:`,
  }
  const here = (text: string) => swap(withPorts(text, PORTS, ports.map(String)), Object.entries(replace))
  const there = (text: string) => withPorts(text, ports.map(String), PORTS)
  const shell = openShell(home, folder, env)
  const running = new Set<{ stop: () => Promise<void> }>()

  async function stop(): Promise<void> {
    await Promise.all([...running].map((one) => one.stop()))
    running.clear()
  }

  return Object.freeze({
    folder,
    run: async (text: string) => {
      const ran = await shell.run(here(text))
      return { ...ran, output: there(ran.output) }
    },
    start: async (text: string, words: string) => {
      const started = await startBeside(here(text), words, folder, { ...env, ...(await shell.exported()) })
      running.add(started)
      return there(started.output)
    },
    stop,
    save: (name: string, text: string) => writeFile(join(folder, name), `${here(text)}\n`),
    close: async () => {
      await stop()
      await shell.close()
      await rm(home, { recursive: true, force: true })
    },
  })
}

// The folder looks like a clone to who types in it, and the two programs of a clone run its sources.
async function furnish(home: string, folder: string, sample: string): Promise<void> {
  await mkdir(join(home, 'bin'), { recursive: true })
  await mkdir(join(folder, 'node_modules', 'sallyport'), { recursive: true })
  const upstreams = JSON.stringify({ orders: { targets: [`http://127.0.0.1:${sample}`] } })
  const npm = `[ "$1" = start ] || { echo "npm $*: not here" >&2; exit 1; }
export SALLYPORT_GATEWAY_UPSTREAMS='${upstreams}'
exec node ${ROOT}scripts/start.ts`
  const npx = `[ "$1" = sallyport ] || { echo "npx $*: not here" >&2; exit 1; }
shift
[ "$1" = init ] || exec node ${ROOT}bin/sallyport.js "$@"
node ${ROOT}bin/sallyport.js "$@" && sed -i 's/127.0.0.1:9090/127.0.0.1:${sample}/' sallyport.yaml`
  const entries = EXPORTS.map(([subpath, source]) => [subpath, `./${source.replace(/\.ts$/, '.js')}`])
  const sallyport = { name: 'sallyport', type: 'module', exports: Object.fromEntries(entries) }
  await Promise.all([
    writeFile(join(home, 'bin', 'npm'), `#!/bin/sh\n${npm}\n`, { mode: 0o755 }),
    writeFile(join(home, 'bin', 'npx'), `#!/bin/sh\n${npx}\n`, { mode: 0o755 }),
    writeFile(join(home, '.curlrc'), 'silent\nshow-error\n'),
    symlink(join(ROOT, 'examples'), join(folder, 'examples')),
    ...['express', 'fastify', 'hono', '@hono', 'koa', '@nestjs', 'reflect-metadata', 'jose', 'standardwebhooks'].map(
      (name) => symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name)),
    ),
    writeFile(join(folder, 'package.json'), '{ "type": "module" }\n'),
    writeFile(join(folder, 'node_modules', 'sallyport', 'package.json'), JSON.stringify(sallyport)),
    ...EXPORTS.map(([, source]) =>
      writeFile(
        join(folder, 'node_modules', 'sallyport', source.replace(/\.ts$/, '.js')),
        `export * from '${ROOT}src/${source}'\n`,
      ),
    ),
  ])
}

function openShell(home: string, folder: string, env: NodeJS.ProcessEnv) {
  // A group of its own, so that nothing of a block that hangs outlives the page.
  const child = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env, detached: true, stdio: 'pipe' })
  let count = 0

  async function run(text: string): Promise<Ran> {
    const name = join(home, `block-${++count}.sh`)
    const mark = `--- end of block ${count}:`
    await writeFile(name, text)
    const said = collect(child, (output) => new RegExp(`${mark} \\d+\\n`).test(output))
    child.stdin.write(
      `trap 'echo "$BASH_COMMAND" >>${name}.failed' ERR; . ${name} </dev/null 2>&1; status=$?; trap - ERR\n` +
        `[ -f ${name}.failed ] && sed 's/^/${mark} failed: /' ${name}.failed; printf '\\n${mark} %s\\n' $status\n`,
    )
    const output = await said
    const lines = output.split('\n')
    const failed = lines
      .filter((line) => line.startsWith(`${mark} failed: `))
      .map((line) => line.split('failed: ')[1] ?? '')
    const exit = Number(new RegExp(`${mark} (\\d+)\\n`).exec(output)?.[1])
    return {
      output: lines
        .filter((line) => !line.startsWith(mark))
        .join('\n')
        .trimEnd(),
      exit,
      failed,
    }
  }

  return {
    run,
    exported: async () => {
      const { output } = await run('env -0')
      const pairs = output.split('\0').filter((pair) => pair.includes('='))
      return Object.fromEntries(
        pairs.map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1)]),
      )
    },
    close: async () => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      process.kill(-child.pid, 'SIGKILL')
      await ended
    },
  }
}

// A group of its own, so that the signal reaches what the shell started.
async function startBeside(text: string, words: string, folder: string, env: NodeJS.ProcessEnv) {
  const child = spawn('bash', ['-c', text], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const output = await collect(child, (said) => said.includes(words) && said.endsWith('\n'))
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  return { output, stop }
}

function collect(child: ChildProcess, isEnough: (output: string) => boolean): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => end(new Error(`waited in vain; it said:\n${output}`)), PATIENCE_MS)
    const hear = (text: Buffer) => {
      output += text
      if (isEnough(output)) end()
    }
    const gone = () => end(new Error(`it ended, having said:\n${output}`))
    const end = (error?: Error) => {
      clearTimeout(giveUp)
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', hear)
      for (const stream of [child.stdout, child.stderr]) stream?.resume()
      child.off('exit', gone)
      if (error === undefined) resolve(output)
      else reject(error)
    }
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', hear)
    child.once('exit', gone)
  })
}

function withPorts(text: string, from: readonly string[], to: readonly string[]): string {
  return text.replace(
    /(?<=\b(?:localhost|127\.0\.0\.1|port|listen\():? ?)\d{4,5}\b/g,
    (port) => to[from.indexOf(port)] ?? port,
  )
}

function swap(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((done, [from, to]) => done.replaceAll(from, to), text)
}
