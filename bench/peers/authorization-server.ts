// The authorization server as `serve` runs it: on SQLite, with every Event. Tells what was made in KEY_FILE; where that
// is there, everything is.
import { existsSync, writeFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/index.ts'
import { Secret, systemClock } from '../../src/core/index.ts'
import { createPace, sweepStep } from '../../src/oauth/index.ts'
import { operator, serve } from '../../src/server/index.ts'
import { API, CALLBACK, EMAIL, PASSWORD } from '../oauth.ts'

const { PORT, DATA = '', KEY_FILE = '' } = process.env
const loaded = await loadConfig({
  cwd: DATA,
  env: {},
  overrides: {
    data: DATA,
    issuer: `http://127.0.0.1:${PORT}`,
    control: { port: Number(PORT) },
    log: { level: 'error' },
    oauth: { resources: [{ id: API, scopes: ['orders:read'] }] },
  },
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const serving = await serve({ config: loaded.value, role: 'control', clock: systemClock })
const { clients, identity } = serving.system
const caller = { principal: operator, address: null, userAgent: null, requestId: null }

async function make(settings: Parameters<typeof clients.create>[0]['settings']): Promise<string[]> {
  const made = await clients.create({ settings, secretExpiresAt: null, source: 'admin' }, caller, null)
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return [made.value.client.id, made.value.secret?.reveal() ?? '']
}

if (!existsSync(KEY_FILE)) await makeAll()
process.stdout.write('ready\n')
// Told to, it deletes what is old, and says when it is done and how long each step took.
process.once('message', async () => {
  const steps: number[] = []
  const pace = createPace()
  for (let more = true; more; ) {
    const start = performance.now()
    more = await sweepStep(serving.system.store, Date.now(), pace)
    steps.push(performance.now() - start)
  }
  process.send?.(steps)
})
process.once('SIGTERM', () => void serving.stop().then(() => process.exit(0)))

async function makeAll(): Promise<void> {
  const service = await make({ name: 'service', grants: ['client_credentials'], scopes: ['orders:read'] })
  const web = await make({ name: 'web', redirectUris: [CALLBACK], firstParty: true, consent: 'never' })
  const person = await identity.people.create(
    {
      email: EMAIL,
      name: 'Ada',
      language: 'en',
      organization: 'org_default',
      roles: ['user'],
      verified: true,
      password: new Secret(PASSWORD),
    },
    caller,
  )
  if (!person.ok) throw new Error(JSON.stringify(person.problem))
  writeFileSync(KEY_FILE, [...service, ...web].join('\n'))
}
