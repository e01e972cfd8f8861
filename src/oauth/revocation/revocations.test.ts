import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../../test/support/backends.ts'
import { createId } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore, stoppedClock } from '../../store/testing.ts'
import { oauthMigrations } from '../migrations/index.ts'
import type { RevocableClaims, RevocationEntry } from './revocation.ts'
import { createRevocations, type Revocations } from './revocations.ts'

const ISSUER = 'https://id.example.com'
const OTHER = 'https://login.example.com'
const HOUR = 3_600_000

type Node = Revocations & {
  readonly store: Store
  readonly events: readonly unknown[]
  /** Revokes in a transaction of its own. */
  readonly end: (entry: RevocationEntry) => Promise<void>
}

describe.each(backends)('revoked tokens on $name', ({ open }) => {
  let world: Awaited<ReturnType<typeof open>>
  let clock: ReturnType<typeof stoppedClock>
  let nodes: Node[]

  beforeEach(async () => {
    world = await open()
    clock = stoppedClock()
    nodes = []
  })

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await world.close()
  })

  async function openNode(): Promise<Node> {
    const migrations = { ...oauthMigrations }
    const store = await openTestStore(world, { migrations, clock })
    const events: unknown[] = []
    const audit = { append: async (_: unknown, input: unknown) => events.push(input) } as never
    const revocations = await createRevocations({ store, audit, clock, issuer: ISSUER, onError: fail })
    const node: Node = {
      store,
      events,
      ...revocations,
      end: (entry: RevocationEntry) => store.write((tx) => revocations.revoke(tx, entry, { principal: 'usr_admin' })),
      stop: async () => {
        nodes = nodes.filter((it) => it !== node)
        await revocations.stop()
        await store.close()
      },
    }
    nodes.push(node)
    return node
  }

  const claims = (more: Partial<RevocableClaims> = {}): RevocableClaims => ({
    issuer: ISSUER,
    issuedAt: Math.floor(clock.now() / 1000),
    id: createId('tok', clock.now()),
    session: 'ses_1',
    grant: 'g1',
    subject: 'usr_1',
    clientId: 'cli_1',
    organization: 'org_1',
    ...more,
  })

  const heard = (node: Revocations, of: RevocableClaims) =>
    expect.poll(() => node.isRevoked(of), { timeout: 10_000 }).toBe(true)

  it.each([
    ['by its id', { kind: 'token' }, 'id'],
    ['by its session', { kind: 'session', ref: 'ses_1' }, 'session'],
    ['by its grant', { kind: 'grant', ref: 'g1' }, 'grant'],
    ['by its subject', { kind: 'subject', ref: 'usr_1' }, 'subject'],
    ['by its client', { kind: 'client', ref: 'cli_1' }, 'clientId'],
    ['by its organization', { kind: 'organization', ref: 'org_1' }, 'organization'],
  ] as const)('one is revoked %s: here at once, on the other node, and after a restart', async (_, entry, part) => {
    const [here, there] = [await openNode(), await openNode()]
    const token = claims()
    const other = claims({ id: 'tok_other', [part]: 'another' })
    expect(here.isRevoked(token)).toBe(false)
    await here.end({ ref: token.id ?? '', ...entry } as RevocationEntry)
    expect(here.isRevoked(token)).toBe(true)
    await heard(there, token)
    await here.stop()
    const again = await openNode()
    expect(again.isRevoked(token)).toBe(true)
    for (const node of [there, again]) expect(node.isRevoked(other)).toBe(false)
  })

  it('a token that was issued after all of a person were revoked is good, in the same second too', async () => {
    const node = await openNode()
    const before = claims()
    await node.end({ kind: 'subject', ref: 'usr_1' })
    clock.pass(5)
    expect(node.isRevoked(claims())).toBe(false)
    expect(node.isRevoked(before)).toBe(true)
    // Without an id of ours only the second is known: refused when in doubt.
    expect(node.isRevoked(claims({ id: 'b7f0' }))).toBe(true)
  })

  it('a later revocation only ever ends more', async () => {
    const node = await openNode()
    const now = clock.now()
    await node.end({ kind: 'client', ref: 'cli_1', issuedBefore: now, expiresAt: now + 2 * HOUR })
    await node.end({ kind: 'client', ref: 'cli_1', issuedBefore: now - 60_000, expiresAt: now + HOUR })
    await node.stop()
    const again = await openNode()
    expect(again.isRevoked(claims())).toBe(true)
    clock.pass(HOUR + 1)
    expect(await again.sweep()).toBe(true)
    await again.stop()
    const last = await openNode()
    expect(last.isRevoked(claims({ id: createId('tok', now), issuedAt: Math.floor(now / 1000) }))).toBe(true)
  })

  it('what two issuers call the same is not the same', async () => {
    const node = await openNode()
    await node.end({ kind: 'subject', ref: 'usr_1', issuer: OTHER })
    expect(node.isRevoked(claims())).toBe(false)
    expect(node.isRevoked(claims({ issuer: OTHER }))).toBe(true)
    await node.end({ kind: 'session', ref: 'ses_1' })
    expect(node.isRevoked(claims({ issuer: 'https://third.example.com' }))).toBe(false)
  })

  it('a revocation that is rolled back ends nothing', async () => {
    const node = await openNode()
    await expect(
      node.store.write(async (tx) => {
        await node.revoke(tx, { kind: 'subject', ref: 'usr_1' })
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(node.isRevoked(claims())).toBe(false)
  })

  it('entries die with the last token that they could hit', async () => {
    const node = await openNode()
    for (let i = 0; i < 20; i++) await node.end({ kind: 'token', ref: `tok_${i}` })
    expect(await rows(node)).toBe(20)
    clock.pass(2 * HOUR)
    expect(await node.sweep()).toBe(true)
    expect(await rows(node)).toBe(0)
  })

  it('an event says what was revoked and by whom', async () => {
    const node = await openNode()
    await node.end({ kind: 'grant', ref: 'g1' })
    expect(node.events).toEqual([
      {
        principal: 'usr_admin',
        type: 'token.revoked',
        outcome: 'success',
        resource: 'g1',
        details: { kind: 'grant', ref: 'g1' },
      },
    ])
  })

  it('a reference that no token can carry is a mistake', async () => {
    const node = await openNode()
    for (const ref of ['', 'x'.repeat(600)]) await expect(node.end({ kind: 'token', ref })).rejects.toThrow(RangeError)
  })

  it('a name is taken once, by whichever of many at once on two nodes', async () => {
    const [here, there] = [await openNode(), await openNode()]
    const until = clock.now() + 60_000
    const tries = Array.from({ length: 20 }, (_, i) => (i % 2 ? here : there).acceptOnce(`${ISSUER} tok_1`, until))
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
    expect(await here.acceptOnce(`${ISSUER} tok_2`, until)).toBe(true)
    expect(await there.acceptOnce('x'.repeat(100_000), until)).toBe(true)
    clock.pass(60_001)
    await here.sweep()
    const left = await here.store
      .tables<{ token_seen: { digest: Buffer } }>()
      .selectFrom('token_seen')
      .selectAll()
      .execute()
    expect(left).toHaveLength(0)
  })

  async function rows(node: Node): Promise<number> {
    const tables = node.store.tables<{ token_revocation: { ref: string } }>()
    return (await tables.selectFrom('token_revocation').selectAll().execute()).length
  }
})

function fail(error: unknown): void {
  throw error
}
