import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, makeFolder, readWhole, writeWhole } from './atomic-file.ts'

/** The versions of one secret, each in a file of its own: `000001`, `000002` … */
export type Versions = {
  /** Keeps a value as the next version. */
  readonly add: (value: string) => Promise<string>
  /** The version of the value that is there now; one that was put there by hand becomes a version first. */
  readonly holding: (present: string | null) => Promise<string | null>
  readonly read: (version: string) => Promise<string | null>
  /** Takes away what is older than as many as are kept. */
  readonly trim: () => Promise<void>
  readonly remove: () => Promise<void>
}

const VERSION = /^\d{6,12}$/

/** @param keep how many former values are kept beside the current one */
export function versionsIn(folder: string, keep: number): Versions {
  const all = async (): Promise<string[]> => {
    try {
      return (await readdir(folder)).filter((name) => VERSION.test(name)).sort((a, b) => Number(a) - Number(b))
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }
  const newest = async () => (await all()).at(-1) ?? null

  async function add(value: string): Promise<string> {
    await makeFolder(folder)
    const version = String(Number((await newest()) ?? 0) + 1).padStart(6, '0')
    await writeWhole(join(folder, version), value)
    return version
  }

  async function trim(): Promise<void> {
    const spare = (await all()).slice(0, -(keep + 1))
    await Promise.all(spare.map((version) => rm(join(folder, version), { force: true })))
  }

  const read = async (version: string) => (VERSION.test(version) ? readWhole(join(folder, version)) : null)

  async function holding(present: string | null): Promise<string | null> {
    if (present === null) return null
    const version = await newest()
    return version !== null && (await read(version)) === present ? version : add(present)
  }

  return Object.freeze({
    add,
    holding,
    trim,
    read,
    remove: () => rm(folder, { recursive: true, force: true }),
  })
}
