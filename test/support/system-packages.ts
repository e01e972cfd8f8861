import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The file of a program on the PATH, or null. */
export async function onPath(program: string): Promise<string | null> {
  return (await allOnPath(program))[0] ?? null
}

/** Every file of that name on the PATH, in its order: there may be one of the system's beside one's own. */
export async function allOnPath(program: string): Promise<string[]> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const files = await Promise.all(folders.map((folder) => executableIn(join(folder, program))))
  return files.filter((file) => file !== null)
}

function executableIn(file: string): Promise<string | null> {
  return access(file, constants.X_OK).then(
    () => file,
    () => null,
  )
}

/** Installs a package of the system; does nothing where we are not root or the system has no apt. */
export async function installSystemPackage(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || (await onPath('apt-get')) === null) return
  const done = before.then(() => install(name))
  before = done
  await done
}

// One after another: the lists of the system have one writer, and are brought up to date once.
let before: Promise<void> = Promise.resolve()
let upToDate: Promise<boolean> | undefined

async function install(name: string): Promise<void> {
  process.stderr.write(`Installing ${name} from the system’s packages.\n`)
  const command = ['install', '-y', '--no-install-recommends', name]
  if (await aptGet(command)) return
  upToDate ??= aptGet(['update'])
  await upToDate
  await aptGet(command)
}

async function aptGet(command: readonly string[]): Promise<boolean> {
  const patience = ['-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::http::Timeout=15', '-q']
  // RUNLEVEL=1: the package shall not start a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return run('apt-get', [...patience, ...command], { env, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 }).then(
    () => true,
    () => false,
  )
}
