import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700
const LARGEST = 1_048_576

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}

/** Makes a folder that only its owner may enter, and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER })
}

/**
 * Writes a file whole or not at all, readable by its owner only: beside it, synced, then renamed over it. Who reads
 * meanwhile has the former text or the new one.
 *
 * @param check runs last before the new text is put in place; what it throws leaves the former one
 */
export async function writeWhole(
  path: string,
  text: string,
  check: () => Promise<void> = async () => {},
): Promise<void> {
  const draft = `${dirname(path)}/.draft.${randomBytes(9).toString('base64url')}`
  try {
    const file = await open(draft, 'wx', PRIVATE_FILE)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await check()
    await rename(draft, path)
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

/** Reads a plain file; null when there is none. A link is not followed. */
export async function readWhole(path: string): Promise<string | null> {
  try {
    // Not waiting for a pipe's other end: what is no plain file is refused below.
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await file.stat()
    if (!status.isFile()) throw new Error(`${path} is not a plain file`)
    if (status.size > LARGEST) throw new Error(`${path} is too large to hold secrets`)
    return await file.readFile('utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

// A name is on the disk only when its folder is.
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using folder = await open(path, 'r')
  await folder.sync()
}
