import { basename, dirname, join } from 'node:path'
import { Secret } from '../../core/index.ts'
import { makeFolder, readWhole, writeWhole } from './atomic-file.ts'
import { isWritable, readDotenv, withVariable } from './dotenv.ts'
import { type Held, withLock } from './lock.ts'
import { checkPath, checkValue, MOST_LISTED, type Rotated, refuseAbility, type SecretStore } from './secret-store.ts'
import { type Versions, versionsIn } from './versions.ts'

const NAME = /^[A-Z_][A-Z0-9_]{0,127}$/
// The master key is among these.
const OURS = 'SALLYPORT_'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Environment variables. With a file it is a dotenv file that is kept up to date for whoever starts the program, former
 * values beside it in `.FILE.versions`; without one it reads what this process was started with, and takes nothing.
 */
export function createEnvironmentStore(settings: {
  name: string
  file: string | null
  versions: number
  env: Env
}): SecretStore {
  const { name, file, env } = settings
  return file === null ? readOnly(name, env) : createDotenvStore({ name, file, versions: settings.versions })
}

function readOnly(name: string, env: Env): SecretStore {
  const refuse = async (): Promise<never> => refuseAbility(name, 'be written: it reads this process, name a `file`')
  const get = async (path: string, version?: string) => {
    checkPath({ name, pathFault }, path)
    const value = version === undefined ? env[path] : undefined
    return value === undefined ? null : new Secret(value)
  }
  return Object.freeze({
    name,
    kind: 'environment',
    can: { write: false, versions: false, ttl: false },
    pathFault,
    get,
    list: async (prefix = '') => listed(Object.keys(env), prefix),
    put: refuse,
    rotate: refuse,
    delete: refuse,
  })
}

function createDotenvStore({ name, file, versions }: { name: string; file: string; versions: number }): SecretStore {
  const store = { name, pathFault }
  const beside = (what: string) => join(dirname(file), `.${basename(file)}.${what}`)
  const versionsOf = (path: string): Versions => versionsIn(join(beside('versions'), path), versions)
  const read = async (): Promise<string> => (await readWhole(file)) ?? ''

  async function locked<T>(work: (held: Held) => Promise<T>): Promise<T> {
    await makeFolder(dirname(file))
    return withLock(beside('lock'), work)
  }

  function write(path: string, value: Secret): Promise<Rotated> {
    checkPath(store, path)
    checkValue(value.reveal())
    if (!isWritable(value.reveal())) throw new Error('this value cannot be written in a dotenv file')
    return locked(async ({ check }) => {
      const text = await read()
      const kept = versionsOf(path)
      const previous = await kept.holding(readDotenv(text).get(path) ?? null)
      const version = await kept.add(value.reveal())
      await writeWhole(file, withVariable(text, path, value.reveal()), check)
      await kept.trim()
      return { version, previous }
    })
  }

  async function get(path: string, version?: string): Promise<Secret | null> {
    checkPath(store, path)
    const value = version === undefined ? readDotenv(await read()).get(path) : await versionsOf(path).read(version)
    return value === undefined || value === null ? null : new Secret(value)
  }

  async function remove(path: string): Promise<boolean> {
    checkPath(store, path)
    return locked(async ({ check }) => {
      const text = await read()
      const there = readDotenv(text).has(path)
      if (there) await writeWhole(file, withVariable(text, path, null), check)
      await versionsOf(path).remove()
      return there
    })
  }

  return Object.freeze({
    name,
    kind: 'environment',
    can: { write: true, versions: true, ttl: false },
    pathFault,
    put: async (path: string, value: Secret, options: { ttl?: number } = {}) => {
      if (options.ttl !== undefined) refuseAbility(name, 'end a value by itself')
      return { version: (await write(path, value)).version }
    },
    get,
    rotate: async (path: string, value: Secret) => write(path, value),
    list: async (prefix = '') => listed([...readDotenv(await read()).keys()], prefix),
    delete: remove,
  })
}

function pathFault(path: string): string | null {
  if (!NAME.test(path)) return 'must be a variable’s name: capitals, digits and "_", not beginning with a digit'
  return path.startsWith(OURS) ? `must not begin with ${OURS}, which are settings of Sallyport itself` : null
}

function listed(names: readonly string[], prefix: string): readonly string[] {
  const good = names.filter((name) => name.startsWith(prefix) && pathFault(name) === null)
  return good.sort().slice(0, MOST_LISTED)
}
