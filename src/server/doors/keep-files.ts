import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Bytes } from './read-certificate.ts'

/** What was made of some files, kept up with them. */
export type Kept<T> = {
  readonly current: () => T
  readonly stop: () => void
}

/** Who writes several files is given this long to write the others, in milliseconds. */
const SETTLE = 200
/** Where no word comes of changes, as on some network drives, files are looked at this often. */
const LOOK_EVERY = 10_000

/**
 * Makes something of files, and makes it anew when they change. What cannot be made of new files is told once, and the
 * last good one stays.
 *
 * @param deps.made called after each new one, not after the first
 * @param deps.refused told why new files are no good, once for each content
 * @throws what `make` throws, and a sentence for a file that cannot be read, when it is made first
 */
export function keepFiles<T>(deps: {
  readonly files: readonly { readonly at: string; readonly file: string }[]
  readonly make: (bytes: Bytes) => T
  readonly made: (one: T) => void
  readonly refused: (reason: string) => void
}): Kept<T> {
  const { files, make, made, refused } = deps
  let known = readAll(files)
  let current = make(bytesIn(known))
  let told = ''
  let settling: NodeJS.Timeout | null = null

  function look(): void {
    settling = null
    try {
      const read = readAll(files)
      if (same(read, known)) return
      const next = make(bytesIn(read))
      known = read
      current = next
      told = ''
      made(next)
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error))
    }
  }

  function tell(reason: string): void {
    if (reason === told) return
    told = reason
    refused(reason)
  }

  function settle(): void {
    if (settling !== null) clearTimeout(settling)
    settling = setTimeout(look, SETTLE)
  }

  const watchers = [...new Set(files.map(({ file }) => dirname(file)))].map((folder) => watchFolder(folder, settle))
  const timer = setInterval(look, LOOK_EVERY)
  timer.unref()
  return Object.freeze({
    current: () => current,
    stop: () => {
      clearInterval(timer)
      if (settling !== null) clearTimeout(settling)
      for (const watcher of watchers) watcher?.close()
    },
  })
}

// A folder and not the file: who renews a certificate mostly puts another file, or another link, in its place.
function watchFolder(folder: string, changed: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, { persistent: false }, changed)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}

type Contents = ReadonlyMap<string, Buffer>

function readAll(files: readonly { readonly at: string; readonly file: string }[]): Contents {
  return new Map(files.map(({ at, file }) => [file, readOne(at, file)]))
}

function readOne(at: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Error(`${at}: ${file} cannot be read: ${why}`)
  }
}

function same(one: Contents, other: Contents): boolean {
  return [...one].every(([file, bytes]) => other.get(file)?.equals(bytes) === true)
}

function bytesIn(contents: Contents): Bytes {
  return (file) => {
    const bytes = contents.get(file)
    if (bytes === undefined) throw new Error(`${file} was not read`)
    return bytes
  }
}
