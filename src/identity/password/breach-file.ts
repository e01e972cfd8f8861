import { type FileHandle, open } from 'node:fs/promises'
import type { Lookup } from './breach.ts'

/** Bytes read at once; many lines of at most 56 bytes. */
const BLOCK = 4096
/** Halving a file of a petabyte down to a block takes fewer. */
const MOST_READS = 64
const SAMPLES = 100
const LINE = /^([0-9A-F]{40}):(\d{1,10})\r?$/i

type Entry = { readonly hash: string; readonly count: number }
/** A line, with the offset where it begins and where the next one does. */
type Line = Entry & { readonly from: number; readonly to: number }

/**
 * Looks up in the public list as a file: lines `HASH:COUNT` sorted by hash, tens of gigabytes. It is halved and read at
 * some twenty places for each password, and never loaded; it may be replaced by another (by renaming) at any time.
 *
 * @param path of the file
 */
export function createBreachFile(path: string): Lookup {
  return (sha1) =>
    reading(path, async (file, size) => {
      const line = await search(file, size, sha1)
      return line?.hash === sha1 ? line.count : 0
    })
}

/**
 * What is wrong with a file that is to be the list; null when nothing is seen. Reads a hundred places of it.
 *
 * @example await faultOfBreachFile('/var/lib/passwords.txt') // 'it is not sorted by hash'
 */
export async function faultOfBreachFile(path: string): Promise<string | null> {
  try {
    return await reading(path, faultIn)
  } catch (error) {
    return (error as Error).message
  }
}

async function faultIn(file: FileHandle, size: number): Promise<string | null> {
  let last = ''
  for (let i = 0; i < SAMPLES; i++) {
    const line = await lineFrom(file, size, Math.floor((size * i) / SAMPLES))
    if (line === null) break
    if (line.hash < last) return 'it is not sorted by hash'
    last = line.hash
  }
  return last === '' ? 'it is empty' : null
}

async function reading<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await use(file, (await file.stat()).size)
  } finally {
    await file.close()
  }
}

// The hash is in a line that begins at or after `low` and before `high`.
async function search(file: FileHandle, size: number, hash: string): Promise<Line | null> {
  let [low, high] = [0, size]
  for (let reads = 0; low < high; reads++) {
    if (reads >= MOST_READS) throw new Error('the list of breached passwords is not sorted')
    const middle = low + Math.floor((high - low) / 2)
    const line = await lineFrom(file, size, middle)
    if (line === null || line.from >= high || line.hash > hash) high = middle
    else if (line.hash < hash) low = line.to
    else return line
  }
  return null
}

/** The first line that begins at `offset` or after it. */
async function lineFrom(file: FileHandle, size: number, offset: number): Promise<Line | null> {
  // From the byte before, so that a line that begins at the offset itself is seen to begin there.
  const start = Math.max(0, offset - 1)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, start)
  const text = buffer.toString('latin1', 0, bytesRead)
  const begin = offset === 0 ? 0 : text.indexOf('\n') + 1
  if (offset > 0 && begin === 0 && start + bytesRead < size) throw notTheList()
  if (start + begin >= size || (offset > 0 && begin === 0)) return null
  const newline = text.indexOf('\n', begin)
  if (newline < 0 && start + bytesRead < size) throw notTheList()
  const end = newline < 0 ? bytesRead : newline
  return { ...entryOf(text.slice(begin, end)), from: start + begin, to: start + end + 1 }
}

function entryOf(line: string): Entry {
  const parts = LINE.exec(line)
  if (parts === null) throw notTheList()
  return { hash: (parts[1] ?? '').toUpperCase(), count: Number(parts[2]) }
}

function notTheList(): Error {
  return new Error('the file is not a list of lines HASH:COUNT with SHA-1 hashes')
}
