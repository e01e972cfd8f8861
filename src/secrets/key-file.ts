import { randomBytes } from 'node:crypto'
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseMasterKey } from './master.ts'

const LARGEST = 4096
const OTHERS = 0o077

/**
 * Reads a master key from a file that only its owner may read.
 *
 * @throws with a sentence for the operator: missing, readable by others, not a key
 */
export async function readKeyFile(path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new Error(missing(path, error))
  })
  try {
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new Error(`The master key file ${path} can be read by others. Run: chmod 600 ${path}`)
    }
    if (size > LARGEST) throw new Error(`The master key file ${path} is too large to be a key.`)
    return parseMasterKey(await file.readFile('utf8'), `The master key file ${path}`)
  } finally {
    await file.close()
  }
}

/**
 * Generates a key file with mode 0600 unless there is one. It appears whole or not at all, and of several processes
 * that try at once exactly one makes it.
 *
 * @returns whether this call made it
 */
export async function generateKeyFile(path: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await file.sync()
    await link(draft, path)
    await syncDirectory(dirname(path))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await file.close()
    await unlink(draft)
  }
}

// A name is on the disk only when its directory is.
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  await directory.sync()
  await directory.close()
}

function missing(path: string, error: unknown): string {
  const code = codeOf(error)
  return code === 'ENOENT'
    ? `The master key file ${path} is missing. What the database holds cannot be opened without it: put it back.`
    : `The master key file ${path} cannot be read (${code}).`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
