import { readdir, realpath, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Secret } from '../../core/index.ts'
import { isMissing, makeFolder, readWhole, syncFolder, writeWhole } from './atomic-file.ts'
import { type Held, withLock } from './lock.ts'
import { checkPath, checkValue, MOST_LISTED, type Rotated, refuseAbility, type SecretStore } from './secret-store.ts'
import { type Versions, versionsIn } from './versions.ts'

const PATH = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}$/
// Some systems know these as devices, with any ending.
const DEVICE = /(^|\/)(con|prn|aux|nul|com\d|lpt\d)(\.|\/|$)/i

/**
 * A folder with one file for each secret, as plain text and without a line end, so that any program can read it. Files
 * have mode 0600. Former values lie beside it, in `.NAME.versions`.
 */
export function createFileStore(settings: { name: string; folder: string; versions: number }): SecretStore {
  const { name, folder } = settings
  const store = { name, pathFault }

  // Names cannot lead out of the folder; a link inside it could.
  async function placeOf(path: string, make: boolean): Promise<string | null> {
    checkPath(store, path)
    const place = join(folder, path)
    if (make) await makeFolder(dirname(place))
    try {
      const [root, parent] = await Promise.all([realpath(folder), realpath(dirname(place))])
      if (parent !== root && !parent.startsWith(`${root}/`))
        throw new Error(`"${path}" leads out of the folder ${folder}`)
      return place
    } catch (error) {
      if (!make && isMissing(error)) return null
      throw error
    }
  }

  async function write(path: string, value: Secret): Promise<Rotated> {
    checkValue(value.reveal())
    const place = (await placeOf(path, true)) as string
    return withLock(besides(place, 'lock'), (held) => replace(place, value.reveal(), held))
  }

  async function replace(place: string, value: string, held: Held): Promise<Rotated> {
    const versions = versionsOf(place)
    const previous = await versions.holding(await readWhole(place))
    const version = await versions.add(value)
    await writeWhole(place, value, held.check)
    await versions.trim()
    return { version, previous }
  }

  function versionsOf(place: string): Versions {
    return versionsIn(besides(place, 'versions'), settings.versions)
  }

  async function get(path: string, version?: string): Promise<Secret | null> {
    const place = await placeOf(path, false)
    if (place === null) return null
    const value = await (version === undefined ? readWhole(place) : versionsOf(place).read(version))
    return value === null ? null : new Secret(value)
  }

  async function remove(path: string): Promise<boolean> {
    const place = await placeOf(path, false)
    if (place === null) return false
    return withLock(besides(place, 'lock'), async ({ check }) => {
      await check()
      const removed = await unlink(place).then(
        () => true,
        (error) => (isMissing(error) ? false : Promise.reject(error)),
      )
      await versionsOf(place).remove()
      await syncFolder(dirname(place))
      return removed
    })
  }

  async function list(prefix = ''): Promise<readonly string[]> {
    const found: string[] = []
    await collect('', prefix, found)
    return found.sort()
  }

  async function collect(below: string, prefix: string, found: string[]): Promise<void> {
    for (const entry of await entriesOf(join(folder, below))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (found.length >= MOST_LISTED || pathFault(path) !== null) continue
      if (entry.isFile() && path.startsWith(prefix)) found.push(path)
      if (entry.isDirectory() && (`${path}/`.startsWith(prefix) || prefix.startsWith(`${path}/`)))
        await collect(path, prefix, found)
    }
  }

  return Object.freeze({
    name,
    kind: 'file',
    can: { write: true, versions: true, ttl: false },
    pathFault,
    put: async (path: string, value: Secret, options: { ttl?: number } = {}) => {
      if (options.ttl !== undefined) refuseAbility(name, 'end a value by itself')
      return { version: (await write(path, value)).version }
    },
    get,
    rotate: write,
    list,
    delete: remove,
  })
}

function pathFault(path: string): string | null {
  if (PATH.test(path) && !DEVICE.test(path)) return null
  return 'must be names of letters, digits, ".", "_" and "-" with "/" between them, none beginning with "." or "-"'
}

// No path of a secret has a part that begins with a dot.
function besides(place: string, what: string): string {
  return join(dirname(place), `.${basename(place)}.${what}`)
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
