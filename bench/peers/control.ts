// The control plane as `serve` runs it, with a key to ask with and a key to ask about.
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { operator, serve } from '../../src/server/index.ts'
import { newKey } from '../key.ts'

const { PORT, DATA = '', KEY_FILE = '' } = process.env
const loaded = await loadConfig({
  cwd: DATA,
  env: {},
  overrides: { data: DATA, control: { port: Number(PORT) }, log: { level: 'error' } },
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const serving = await serve({ config: loaded.value, role: 'control', clock: systemClock })
const caller = { principal: operator, address: null, userAgent: null, requestId: null }
const keys: string[] = []
for (const key of [{ ...newKey('asks'), permissions: ['keys:verify'] }, newKey('asked about')]) {
  const made = await serving.system.keys.create(key, caller, null)
  if (!made.ok || made.value.secret === null) throw new Error('no key')
  keys.push(made.value.secret.reveal())
}
writeFileSync(KEY_FILE, keys.join('\n'))
process.stdout.write('ready\n')
process.once('SIGTERM', () => void serving.stop().then(() => process.exit(0)))
