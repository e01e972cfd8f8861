import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { newKey } from '../key.ts'
import { atLeast, type Figure, figure } from '../result.ts'
import { openKeysForBench } from '../system.ts'

const ROUNDS = 7
const OUR_CALLS = 200_000
const THEIR_CALLS = 500

/** One key verified again and again, beside better-auth with its API-key plugin, both on SQLite with a write-ahead log. */
export async function benchBetterAuth(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const theirs = await openTheirs(join(data, 'better-auth.db'))
  const ours = await openOurs(data)
  try {
    const rates = { ours: [] as number[], theirs: [] as number[] }
    await ours.round(1000)
    await theirs(50)
    for (let round = 0; round < ROUNDS; round++) {
      rates.ours.push(await ours.round(OUR_CALLS))
      rates.theirs.push(await theirs(THEIR_CALLS))
    }
    const ratio = rates.ours.map((rate, i) => rate / (rates.theirs[i] as number))
    return [
      figure('verify in process, sallyport on SQLite', 'verifications/s', rates.ours),
      figure('verify in process, better-auth on SQLite', 'verifications/s', rates.theirs),
      figure('verify in process, ours over better-auth', 'x', ratio, atLeast(100)),
    ]
  } finally {
    await ours.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

async function openOurs(data: string) {
  const loaded = await loadConfig({ cwd: data, env: {}, overrides: { data } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { system, caller } = await openKeysForBench(loaded.value, systemClock)
  const made = await system.keys.create(newKey('beside better-auth'), caller, null)
  if (!made.ok || made.value.secret === null) throw new Error('no key')
  const key = made.value.secret.reveal()
  const round = async (calls: number) => {
    const start = performance.now()
    for (let i = 0; i < calls; i++) {
      const answer = await system.keys.verify({ key })
      if (!answer.valid) throw new Error(answer.code)
    }
    return (calls * 1000) / (performance.now() - start)
  }
  return { round, stop: system.stop }
}

async function openTheirs(file: string) {
  const database = new DatabaseSync(file)
  database.exec('pragma journal_mode = wal')
  const auth = betterAuth({
    database,
    secret: 'a secret for a benchmark, of 48 characters or so',
    baseURL: 'http://localhost',
    emailAndPassword: { enabled: true },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  })
  await (await getMigrations(auth.options)).runMigrations()
  const body = { email: 'bench@example.com', password: 'correct horse battery staple', name: 'bench' }
  const { user } = await auth.api.signUpEmail({ body })
  const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: 'bench' } })
  return async (calls: number) => {
    const start = performance.now()
    for (let i = 0; i < calls; i++) {
      const answer = await auth.api.verifyApiKey({ body: { key } })
      if (!answer.valid) throw new Error('their key is not valid')
    }
    return (calls * 1000) / (performance.now() - start)
  }
}
