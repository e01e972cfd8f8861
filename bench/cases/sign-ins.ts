import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/core/index.ts'
import { createPasswords, PASSWORD_DEFAULTS, type Passwords } from '../../src/identity/index.ts'
import { type Peer, startPeer } from '../process.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 5
const SECONDS = 6
const PEOPLE = 2_000
const PASSWORD = 'correct horse battery staple'
/** Enough to keep every thread busy, and few enough that nobody is sent away. */
const AT_ONCE = 16
/** More than the threads and the line behind them take. */
const FLOOD = 256
const VERIFY_EVERY_MS = 50

type Answer = { readonly status: number; readonly retryAfter: string | undefined; readonly took: number }

/** Sign-ins beside hashing alone, and what they do to whoever asks about keys meanwhile. */
export async function benchSignIns(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'keys')
  const passwords = createPasswords({ settings: { ...PASSWORD_DEFAULTS, waiting: 1000 }, onError: fail })
  const peer = await startPeer('people', { DATA: data, KEY_FILE: keyFile, PASSWORD, PEOPLE: String(PEOPLE) }, '0-1')
  const [asks = '', key = ''] = readFileSync(keyFile, 'utf8').split('\n')
  let next = 0
  try {
    const hash = await passwords.hash(new Secret(PASSWORD))
    if (hash.is !== 'hashed') throw new Error(hash.is)
    await compareFor(passwords, hash.hash, 1)
    await signInFor(1)
    const rounds = { alone: [] as number[], signIns: [] as number[], share: [] as number[], late: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await compareFor(passwords, hash.hash, SECONDS)
      const beside = watchVerify()
      const signedIn = await signInFor(SECONDS)
      rounds.late.push(percentile(await beside.stop(), 0.99))
      rounds.alone.push(alone)
      rounds.signIns.push(signedIn)
      rounds.share.push((signedIn * 100) / alone)
    }
    const flood = await floodOnce()
    return [
      figure('sign-ins, comparing argon2id hashes alone on all cores', 'hashes/s', rounds.alone),
      figure('sign-ins over HTTP', 'sign-ins/s', rounds.signIns),
      figure('sign-ins over HTTP, of hashing alone', '%', rounds.share, atLeast(90)),
      figure('sign-ins, p99 of POST /v1/keys/verify meanwhile', 'ms', rounds.late, atMost(20)),
      figure(`sign-ins, of ${FLOOD} at once neither let in nor told when to come again`, 'answers', [flood], atMost(0)),
    ]
  } finally {
    await peer.stop()
    await passwords.stop()
    rmSync(data, { recursive: true, force: true })
  }

  async function signInFor(seconds: number): Promise<number> {
    const start = performance.now()
    const end = start + seconds * 1000
    let done = 0
    const one = async () => {
      while (performance.now() < end) {
        const { status } = await signIn(peer, next++)
        if (status !== 200) throw new Error(`a sign-in was answered ${status}`)
        done++
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
    return (done * 1000) / (performance.now() - start)
  }

  async function floodOnce(): Promise<number> {
    const answers = await Promise.all(Array.from({ length: FLOOD }, () => signIn(peer, next++)))
    return answers.filter(({ status, retryAfter }) => !(status === 200 || (status === 503 && Number(retryAfter) > 0)))
      .length
  }

  // One question after the other, as a gateway elsewhere would ask; each is timed.
  function watchVerify() {
    const took: number[] = []
    let stopped = false
    const asking = (async () => {
      while (!stopped) {
        const answer = await post(peer, '/v1/keys/verify', { key }, { 'x-api-key': asks })
        if (answer.status !== 200) throw new Error(`a verification was answered ${answer.status}`)
        took.push(answer.took)
        await new Promise((resolve) => setTimeout(resolve, VERIFY_EVERY_MS))
      }
    })()
    return {
      stop: async () => {
        stopped = true
        await asking
        return took
      },
    }
  }
}

async function compareFor(passwords: Passwords, hash: string, seconds: number): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  const one = async () => {
    while (performance.now() < end) {
      const { is } = await passwords.verify(hash, new Secret(PASSWORD))
      if (is !== 'right') throw new Error(is)
      done++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return (done * 1000) / (performance.now() - start)
}

// Each from an address of its own: limits by address are not what is measured.
function signIn(peer: Peer, i: number): Promise<Answer> {
  const n = i % PEOPLE
  const from = `127.${1 + (n >> 14)}.${(n >> 7) & 127}.${1 + (n & 127)}`
  return post(peer, '/v1/auth/login', { email: `person${n}@example.com`, password: PASSWORD }, {}, from)
}

function post(
  peer: Peer,
  path: string,
  body: object,
  headers: Record<string, string>,
  localAddress?: string,
): Promise<Answer> {
  const text = JSON.stringify(body)
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, peer.url),
      {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        ...(localAddress === undefined ? {} : { localAddress, agent: false as const }),
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => {
          const { statusCode: status = 0, headers: given } = answer
          resolve({ status, retryAfter: given['retry-after'], took: performance.now() - start })
        })
      },
    )
    asked.on('error', reject)
    asked.end(text)
  })
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function fail(error: unknown): never {
  throw error
}
