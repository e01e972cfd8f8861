// The control plane as `serve` runs it, with many people of one password, and keys to ask with and about.
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/index.ts'
import { Secret, systemClock } from '../../src/core/index.ts'
import { createPasswords, PASSWORD_DEFAULTS } from '../../src/identity/index.ts'
import { operator, serve } from '../../src/server/index.ts'
import { newKey } from '../key.ts'

const { PORT, DATA = '', KEY_FILE = '', PASSWORD = '', PEOPLE = '0' } = process.env
const BATCH = 500

const loaded = await loadConfig({
  cwd: DATA,
  env: {},
  overrides: { data: DATA, control: { port: Number(PORT) }, log: { level: 'error' } },
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const serving = await serve({ config: loaded.value, role: 'control', clock: systemClock })
const { keys, identity } = serving.system
const caller = { principal: operator, address: null, userAgent: null, requestId: null }

const texts: string[] = []
for (const key of [{ ...newKey('asks'), permissions: ['keys:verify'] }, newKey('asked about')]) {
  const made = await keys.create(key, caller, null)
  if (!made.ok || made.value.secret === null) throw new Error('no key')
  texts.push(made.value.secret.reveal())
}
const passwordHash = await hashOnce()
const people = Array.from({ length: Number(PEOPLE) }, (_, i) => personAt(i))
for (let at = 0; at < people.length; at += BATCH) {
  const brought = await identity.people.import(people.slice(at, at + BATCH), caller)
  if (!brought.ok) throw new Error(JSON.stringify(brought.problem))
}
writeFileSync(KEY_FILE, texts.join('\n'))
process.stdout.write('ready\n')
process.once('SIGTERM', () => void serving.stop().then(() => process.exit(0)))

function personAt(i: number) {
  const email = `person${i}@example.com`
  return { email, name: 'Ada', language: 'en' as const, roles: ['user'], verified: true, passwordHash }
}

async function hashOnce(): Promise<string> {
  const passwords = createPasswords({
    settings: PASSWORD_DEFAULTS,
    onError: (error) => {
      throw error
    },
  })
  const hashed = await passwords.hash(new Secret(PASSWORD))
  await passwords.stop()
  if (hashed.is !== 'hashed') throw new Error(hashed.is)
  return hashed.hash
}
