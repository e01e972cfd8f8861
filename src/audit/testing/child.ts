import { Secret, systemClock } from '../../core/index.ts'
import { createSecrets, masterKeySource, secretMigrations } from '../../secrets/index.ts'
import { createMemoryBus, openStore } from '../../store/index.ts'
import { createAudit } from '../audit.ts'
import { auditMigrations } from '../migrations/index.ts'
import { access, sampleTables } from './stage.ts'

/** Another process that writes until it is killed, for tests: `node child.ts URL MASTER_KEY`. Says what was acknowledged. */

const FLUSH_MS = 100
const WRITERS = 4

const [url = '', key = ''] = process.argv.slice(2)

const clock = systemClock
const migrations = { ...secretMigrations, ...auditMigrations }
const store = await openStore({ url, migrations, bus: createMemoryBus(), clock })
const master = masterKeySource({ key: new Secret(key), keyFile: null, passphrase: null, data: '', dialect: 'sqlite' })
const secrets = await createSecrets({ store, clock, master })
const settings = { flushEvery: FLUSH_MS, queue: 100_000, checkpointEvery: 50, checkpointFile: null }
const audit = await createAudit({ store, secrets, clock, tables: sampleTables, node: 'main', settings })

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => change(writer)))

async function change(writer: number): Promise<void> {
  for (let i = 0; ; i++) {
    const resource = `${process.pid}-${writer}-${i}`
    audit.record(access({ resource, requestId: String(Date.now()) }))
    await store.write((tx) => audit.append(tx, { type: 'key.created', outcome: 'success', resource }))
    process.stdout.write(`${resource}\n`)
  }
}
