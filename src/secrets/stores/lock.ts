import { randomBytes } from 'node:crypto'
import { open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, isMissing } from './atomic-file.ts'

/** A lock that is held. */
export type Held = {
  /** @throws when the lock was taken away: somebody believed its holder dead */
  readonly check: () => Promise<void>
}

const PATIENCE_MS = 10_000
// Writing a few small files takes milliseconds; who has not finished by then is not running any more.
const DEAD_AFTER_MS = 30_000
const BETWEEN_MS = 15

/**
 * Does work that only one process may do at a time, held together by a lock file. A lock whose holder died is taken over.
 *
 * @throws when the lock is not to be had within ten seconds
 */
export async function withLock<T>(path: string, work: (held: Held) => Promise<T>): Promise<T> {
  const token = randomBytes(12).toString('base64url')
  await take(path, token)
  const check = async (): Promise<void> => {
    const holder = await readFile(path, 'utf8').catch(() => null)
    if (holder !== token) throw new Error(`the lock ${path} was lost; nothing was written`)
  }
  try {
    return await work({ check })
  } finally {
    await check().then(
      () => unlink(path),
      () => undefined,
    )
  }
}

async function take(path: string, token: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await tryTake(path, token))) {
    await removeDead(path)
    if (performance.now() > end) throw new Error(`the lock ${path} is held by another process`)
    await sleep(BETWEEN_MS * (0.5 + Math.random()))
  }
}

async function tryTake(path: string, token: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(token)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

// Moved aside before it is removed, so that of two who find it dead only one removes it.
async function removeDead(path: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs < DEAD_AFTER_MS) return
    const aside = `${path}.${randomBytes(6).toString('hex')}`
    await rename(path, aside)
    await unlink(aside)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
