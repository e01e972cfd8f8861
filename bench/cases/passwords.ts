import { availableParallelism } from 'node:os'
import { hashRawSync } from '@node-rs/argon2'
import { Secret } from '../../src/core/index.ts'
import { createPasswords, PASSWORD_DEFAULTS, type Passwords } from '../../src/identity/index.ts'
import { type Figure, figure } from '../result.ts'

const ROUNDS = 7
const HASHES = 32
const PASSWORD = 'correct horse battery staple'
// Those of the product: 64 MiB, three passes, four lanes.
const PARAMETERS = { memoryCost: 65_536, timeCost: 3, parallelism: 4, outputLen: 32 }

/** Passwords hashed in a second: argon2 alone on one thread, and through the threads that the server hashes on. */
export async function benchPasswords(): Promise<Figure[]> {
  const raw = await rounds(hashAlone)
  const passwords = createPasswords({ settings: { ...PASSWORD_DEFAULTS, waiting: HASHES }, onError: fail })
  try {
    const pooled = await rounds(() => hashAll(passwords))
    const delays = await rounds(() => longestDelay(() => hashAll(passwords)))
    return [
      figure('passwords, argon2id alone on one thread', 'hashes/s', raw.map(perSecond)),
      figure(`passwords, through the pool on ${availableParallelism()} cores`, 'hashes/s', pooled.map(perSecond)),
      figure('passwords, longest delay of the event loop meanwhile', 'ms', delays),
    ]
  } finally {
    await passwords.stop()
  }
}

// Milliseconds of each round after the first.
async function rounds(round: () => Promise<number>): Promise<number[]> {
  await round()
  const taken: number[] = []
  for (let i = 0; i < ROUNDS; i++) taken.push(await round())
  return taken
}

async function hashAlone(): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < HASHES; i++) hashRawSync(PASSWORD, PARAMETERS)
  return performance.now() - start
}

async function hashAll({ hash }: Passwords): Promise<number> {
  const start = performance.now()
  const made = await Promise.all(Array.from({ length: HASHES }, () => hash(new Secret(PASSWORD))))
  if (made.some(({ is }) => is !== 'hashed')) throw new Error('a password was not hashed')
  return performance.now() - start
}

// How late a timer of one millisecond was at the most while something went on.
async function longestDelay(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const ticking = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
  }, 1)
  await work()
  clearInterval(ticking)
  return longest
}

function perSecond(milliseconds: number): number {
  return (HASHES * 1000) / milliseconds
}

function fail(error: unknown): never {
  throw error
}
