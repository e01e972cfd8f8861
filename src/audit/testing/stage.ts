import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Clock, type EventInput, type EventTable, Secret } from '../../core/index.ts'
import { createSecrets, masterKeySource, type Secrets, secretMigrations } from '../../secrets/index.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore, stoppedClock } from '../../store/testing.ts'
import { type Audit, type AuditDeps, createAudit } from '../audit.ts'
import { auditMigrations } from '../migrations/index.ts'
import { openRaw, type Raw } from './raw.ts'

export const sampleTables: readonly EventTable[] = [
  {
    'request.allowed': { sentence: 'A request was let through.', details: [] },
    'request.denied': { sentence: 'A request was refused.', details: ['reason'] },
    'key.created': { sentence: 'A key was made.', details: ['name', 'count'] },
    'key.revoked': { sentence: 'A key was ended.', details: [] },
  },
]

type Place = {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly redisPrefix: string
  readonly dataDir: string
  readonly close: () => Promise<void>
}

export type Opened = { readonly audit: Audit; readonly store: Store; readonly secrets: Secrets }

/** A record on a fresh database, and whatever else a test opens there. All is closed with it. */
export type AuditStage = {
  readonly place: Place
  readonly clock: Clock & { readonly pass: (ms: number) => void }
  readonly masterKey: string
  readonly checkpointFile: string
  /** Another process on the same database, for all it knows. */
  readonly open: (options?: Partial<AuditDeps>) => Promise<Opened>
  /** A client that knows nothing of ours; the triggers are dropped first. */
  readonly tamper: (change: (raw: Raw) => Promise<void>) => Promise<void>
  readonly close: () => Promise<void>
}

export async function openAuditStage(openPlace: () => Promise<Place>): Promise<AuditStage> {
  const place = await openPlace()
  const clock = stoppedClock()
  const masterKey = randomBytes(32).toString('base64')
  const checkpointFile = join(place.dataDir, 'checkpoints')
  const opened: Opened[] = []

  async function open(options: Partial<AuditDeps> = {}): Promise<Opened> {
    const store = await openTestStore(place, { migrations: { ...secretMigrations, ...auditMigrations } })
    const master = masterKeySource({
      key: new Secret(masterKey),
      keyFile: null,
      passphrase: null,
      data: '',
      dialect: 'sqlite',
    })
    const secrets = await createSecrets({ store, clock, master })
    const settings = { flushEvery: 50, queue: 10_000, checkpointEvery: 60_000, checkpointFile, ...options.settings }
    const { settings: _, ...rest } = options
    const deps = { store, secrets, clock, tables: sampleTables, node: 'main', onError: fail, ...rest, settings }
    const one = { audit: await createAudit(deps), store, secrets }
    opened.push(one)
    return one
  }

  async function tamper(change: (raw: Raw) => Promise<void>): Promise<void> {
    const raw = await openRaw(place.databaseUrl)
    try {
      await raw.dropGuards()
      await change(raw)
    } finally {
      await raw.close()
    }
  }

  async function close(): Promise<void> {
    for (const { audit, store, secrets } of opened) {
      await audit.stop().catch(() => undefined)
      secrets.stop()
      await store.close()
    }
    await place.close()
  }

  return { place, clock, masterKey, checkpointFile, open, tamper, close }
}

/** An access event as the gateway tells it. */
export function access(more: Partial<EventInput> = {}): EventInput {
  return {
    type: 'request.allowed',
    outcome: 'success',
    principalKind: 'service',
    principal: 'svc_1hq3v0c9kd5m7w2x8p4t6r1a',
    credential: 'key_1hq3v0c9kd5m7w2x8p4t6r1a',
    organization: 'org_default',
    address: '192.0.2.7',
    userAgent: 'curl/8.5.0',
    method: 'GET',
    route: 'orders',
    resource: '/orders/42',
    status: 200,
    duration: 1.25,
    bytesIn: 0,
    bytesOut: 220,
    requestId: 'req_1hq3v0c9kd5m7w2x8p4t6r1a',
    ...more,
  }
}

// What nobody expected ends the test run instead of passing unseen.
function fail(error: unknown): void {
  throw error
}
