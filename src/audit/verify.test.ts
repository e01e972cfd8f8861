import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../test/support/backends.ts'
import { openCheckpoint, parseVerifierKey } from './checkpoint.ts'
import type { Audit, Trouble } from './index.ts'
import { verifyExport } from './index.ts'
import { leafHash } from './merkle.ts'
import { verifyConsistency, verifyInclusion } from './proof.ts'
import { proveConsistency } from './prove.ts'
import { type AuditStage, access, openAuditStage, type Raw } from './testing.ts'

const SIZE = 12

describe.each(backends)('somebody with a database client on $name', ({ open }) => {
  let stage: AuditStage
  let audit: Audit

  beforeEach(async () => {
    stage = await openAuditStage(open)
    audit = (await stage.open()).audit
    await write(audit, SIZE)
    await audit.checkpoint()
    expect(await audit.verify()).toEqual({ ok: true, events: SIZE, logs: 1, first: null })
  })
  afterEach(() => stage.close())

  async function findings(change: (raw: Raw) => Promise<unknown>) {
    await stage.tamper(async (raw) => {
      await change(raw)
    })
    const { ok, first } = await audit.verify()
    expect(ok).toBe(false)
    return first
  }

  // The places, in order, as a database client sees them.
  async function places(raw: Raw): Promise<number[]> {
    return (await raw.run('select place from event order by place')).map(({ place }) => Number(place))
  }

  const columns: readonly [string, string, Trouble][] = [
    ['at', 'at = at + 1', 'altered'],
    ['type', `type = 'request.denied'`, 'altered'],
    ['outcome', `outcome = 'denied'`, 'altered'],
    ['credential', `credential = 'key_other'`, 'altered'],
    ['credential, to nothing', 'credential = null', 'altered'],
    ['body', `body = replace(body, '/orders/5', '/orders/6')`, 'altered'],
    ['body, to no JSON', `body = 'x'`, 'altered'],
    ['body, at its very end', `body = body || ' '`, 'altered'],
  ]

  for (const [what, change, problem] of columns) {
    it(`changes ${what} of one row: that event is named`, async () => {
      const first = await findings(async (raw) => {
        await raw.run(`update event set ${change} where place = ?`, (await places(raw))[5])
      })
      expect(first).toMatchObject({ seq: 5, problem })
    })
  }

  it('changes one byte of the hash: that event is named, with its id', async () => {
    const event = await eventAt(audit, 5)
    const first = await findings(async (raw) => {
      const [row] = await raw.run('select leaf from event where place = ?', (await places(raw))[5])
      const leaf = Buffer.from(row?.leaf as Uint8Array)
      leaf[7] = (leaf[7] ?? 0) ^ 1
      await raw.run('update event set leaf = ? where place = ?', leaf, (await places(raw))[5])
    })
    expect(first).toMatchObject({ seq: 5, id: event, problem: 'altered' })
  })

  it.each([
    ['first', 0, 'missing'],
    ['middle', 6, 'missing'],
    ['last', SIZE - 1, 'truncated'],
  ] as const)('deletes the %s row: its number is named', async (_, seq, problem) => {
    const first = await findings(async (raw) => raw.run('delete from event where place = ?', (await places(raw))[seq]))
    expect(first).toMatchObject({ seq, problem })
  })

  it('deletes the last rows and moves the end of the log back', async () => {
    const first = await findings(async (raw) => {
      for (const place of (await places(raw)).slice(-3)) await raw.run('delete from event where place = ?', place)
      await raw.run('update audit_log set size = ?', SIZE - 3)
    })
    expect(first).toMatchObject({ seq: SIZE - 3, problem: 'truncated' })
  })

  it('moves the end of the log back and leaves the rows', async () => {
    await write(audit, 3)
    const first = await findings((raw) => raw.run('update audit_log set size = ?', SIZE + 1))
    expect(first).toMatchObject({ problem: expect.stringMatching(/altered|inserted/) })
  })

  it('swaps two rows: the first of them is named', async () => {
    const first = await findings(async (raw) => {
      const all = await places(raw)
      await raw.run('update event set place = -1 where place = ?', all[3])
      await raw.run('update event set place = ? where place = ?', all[3], all[8])
      await raw.run('update event set place = ? where place = -1', all[8])
    })
    expect(first).toMatchObject({ seq: 3, problem: 'reordered' })
  })

  it('deletes a row and closes the gap: the first moved event is named', async () => {
    const first = await findings(async (raw) => {
      const all = await places(raw)
      await raw.run('delete from event where place = ?', all[4])
      for (const place of all.slice(5)) await raw.run('update event set place = ? where place = ?', place - 1, place)
    })
    expect(first).toMatchObject({ seq: 4, problem: 'reordered' })
  })

  it('inserts a row at the end, or in a log that never was', async () => {
    const insert = (raw: Raw, from: number, to: number) =>
      raw.run(
        `insert into event (place, at, type, outcome, credential, leaf, body)
         select ${to}, at, type, outcome, credential, leaf, body from event where place = ${from}`,
      )
    const first = await findings(async (raw) => {
      const last = (await places(raw)).at(-1) ?? 0
      await insert(raw, last, last + 1)
    })
    expect(first).toMatchObject({ seq: SIZE, problem: 'inserted' })
    const stray = await findings(async (raw) => {
      const all = await places(raw)
      await raw.run('delete from event where place = ?', all.at(-1))
      await insert(raw, all[0] ?? 0, 5)
    })
    expect(stray).toMatchObject({ seq: 5, problem: 'log missing' })
  })

  it('changes an event and makes its hash anew: the range between two checkpoints is named', async () => {
    await write(audit, 4)
    await audit.checkpoint()
    const first = await findings(async (raw) => {
      const place = (await places(raw))[SIZE + 1]
      const [row] = await raw.run('select body from event where place = ?', place)
      const body = String(row?.body).replace('192.0.2.7', '192.0.2.8')
      await raw.run('update event set body = ?, leaf = ? where place = ?', body, leafHash(body), place)
    })
    expect(first).toMatchObject({ seq: SIZE, problem: 'altered' })
    expect(first?.sentence).toContain(`events ${SIZE} to ${SIZE + 3}`)
  })

  it('forges a checkpoint, or takes one away that the file still has', async () => {
    expect(await findings((raw) => raw.run(`update audit_checkpoint set root = ?`, Buffer.alloc(32)))).toMatchObject({
      problem: 'checkpoint invalid',
    })
    expect(await findings((raw) => raw.run('delete from audit_checkpoint'))).toMatchObject({
      seq: SIZE,
      problem: 'checkpoint invalid',
    })
  })

  it('removes the row of a log, with or without its events', async () => {
    expect(await findings((raw) => raw.run('delete from audit_log'))).toMatchObject({ problem: 'log missing' })
    expect(await findings((raw) => raw.run('delete from event'))).toMatchObject({ problem: 'log missing' })
  })

  it('empties every table: the checkpoint file remembers', async () => {
    const first = await findings(async (raw) => {
      for (const table of ['event', 'audit_log', 'audit_checkpoint']) await raw.run(`delete from ${table}`)
    })
    expect(first).toMatchObject({ problem: 'log missing' })
    expect(first?.sentence).toContain(`at least ${SIZE} events`)
  })

  it.each(['event', 'audit_log', 'audit_checkpoint'])('drops the table %s', async (table) => {
    const first = await findings((raw) => raw.run(`drop table ${table}`))
    expect(first?.sentence).toContain(`The table "${table}" is gone`)
  })

  it('alters the checkpoint file: it is said', async () => {
    const notes = await readFile(stage.checkpointFile, 'utf8')
    await writeFile(stage.checkpointFile, notes.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`))
    expect((await audit.verify()).first).toMatchObject({ problem: 'checkpoint invalid' })
  })

  it('puts an old copy of everything back: the newest are missed', async () => {
    const tables = ['event', 'audit_log', 'audit_checkpoint']
    const first = await findings(async (raw) => {
      for (const table of tables) await raw.run(`create table old_${table} as select * from ${table}`)
      await write(audit, 5)
      await audit.checkpoint()
      for (const table of tables) {
        await raw.run(`delete from ${table}`)
        await raw.run(`insert into ${table} select * from old_${table}`)
      }
    })
    expect(first).toMatchObject({ seq: SIZE, problem: 'truncated' })
  })

  it('finds nothing wrong while others write', async () => {
    const busy = Array.from({ length: 4 }, () => write(audit, 20))
    for (let i = 0; i < 5; i++) expect(await audit.verify()).toMatchObject({ ok: true })
    await Promise.all(busy)
  })

  it('can hold one event against a checkpoint with the public key alone', async () => {
    const id = await eventAt(audit, 7)
    const proof = await audit.prove(id)
    const key = parseVerifierKey(audit.publicKey())
    if (proof === null || key === null) throw new Error('no proof')
    const head = openCheckpoint(proof.checkpoint, key)
    const hashes = proof.inclusion.map((hash) => Buffer.from(hash, 'base64'))
    const claim = { index: proof.seq, size: head?.size ?? 0, root: head?.root ?? Buffer.alloc(0) }
    expect(proof.seq).toBe(7)
    expect(proof.body).toContain(id)
    expect(verifyInclusion(leafHash(proof.body), claim, hashes)).toBe(true)
    expect(verifyInclusion(leafHash(`${proof.body} `), claim, hashes)).toBe(false)
    expect(await audit.prove('evt_000000000000000000000000')).toBeNull()
    expect(await audit.prove('nonsense')).toBeNull()
  })

  it('can hold a newer checkpoint against an older one', async () => {
    const { store } = await stage.open()
    await write(audit, 9)
    await audit.checkpoint()
    const key = parseVerifierKey(audit.publicKey()) ?? Buffer.alloc(0)
    const rows = await store
      .tables<{ audit_checkpoint: { note: string; size: number } }>()
      .selectFrom('audit_checkpoint')
      .selectAll()
      .orderBy('size')
      .execute()
    const [older, newer] = rows.map(({ note }) => openCheckpoint(note, key))
    if (older == null || newer == null) throw new Error('two checkpoints are needed')
    const proof = await proveConsistency(store, older.log, older.size, newer.size)
    const hashes = proof.map((hash) => Buffer.from(hash, 'base64'))
    expect(verifyConsistency(older, newer, hashes)).toBe(true)
    expect(verifyConsistency({ ...older, root: newer.root }, newer, hashes)).toBe(false)
  })
})

describe.each(backends)('an export from $name', ({ open }) => {
  let stage: AuditStage
  let audit: Audit
  let lines: string[]

  beforeEach(async () => {
    stage = await openAuditStage(open)
    audit = (await stage.open()).audit
    const other = (await stage.open({ node: 'other' })).audit
    await write(audit, SIZE)
    await write(other, 3)
    lines = await Array.fromAsync(audit.export())
  })
  afterEach(() => stage.close())

  it('verifies with the public key alone', async () => {
    expect(lines).toHaveLength(1 + SIZE + 3)
    expect(await verifyExport(lines, audit.publicKey())).toEqual({
      ok: true,
      events: SIZE + 3,
      logs: 2,
      first: null,
      unsigned: 0,
    })
  })

  it('says which event was changed, removed or moved', async () => {
    const key = audit.publicKey()
    const changed = lines.with(4, (lines[4] ?? '').replace('"status":200', '"status":201'))
    expect((await verifyExport(changed, key)).first).toMatchObject({ seq: 3, problem: 'altered' })
    const added = lines.with(4, (lines[4] ?? '').replace('"status":200', '"status":200,"note":"x"'))
    expect((await verifyExport(added, key)).first).toMatchObject({ problem: 'altered' })
    expect((await verifyExport(lines.toSpliced(4, 1), key)).first).toMatchObject({ seq: 3, problem: 'missing' })
    const swapped = lines.with(4, lines[5] ?? '').with(5, lines[4] ?? '')
    expect((await verifyExport(swapped, key)).first).toMatchObject({ seq: 3, problem: 'missing' })
    const twice = lines.toSpliced(5, 0, lines[4] ?? '')
    expect((await verifyExport(twice, key)).first).toMatchObject({ seq: 3, problem: 'reordered' })
    expect((await verifyExport(lines.slice(0, -1), key)).first).toMatchObject({ seq: 2, problem: 'truncated' })
  })

  it('notices with a published checkpoint what an honest-looking export leaves out', async () => {
    const [header = '', ...events] = lines
    const { logs, checkpoints, ...rest } = JSON.parse(header) as { logs: { id: string }[]; checkpoints: string[] }
    const kept = logs[0]?.id ?? ''
    const forged = {
      ...rest,
      logs: logs.filter(({ id }) => id === kept),
      checkpoints: checkpoints.filter((note) => note.includes(kept)),
    }
    const less = [JSON.stringify(forged), ...events.filter((line) => line.includes(kept))]
    expect(await verifyExport(less, audit.publicKey())).toMatchObject({ ok: true })
    expect((await verifyExport(less, audit.publicKey(), checkpoints)).first).toMatchObject({ problem: 'log missing' })
  })

  it('does not verify with another key, when it was filtered, or when it is none', async () => {
    const other = await openAuditStage(open)
    const key = (await other.open()).audit.publicKey()
    await other.close()
    expect((await verifyExport(lines, key)).first).toMatchObject({ problem: 'checkpoint invalid' })
    const some = await Array.fromAsync(audit.export({ type: 'key.*' }))
    await expect(verifyExport(some, audit.publicKey())).rejects.toThrow('only a complete one')
    await expect(verifyExport(['{}'], audit.publicKey())).rejects.toThrow('not the header')
    await expect(verifyExport([], audit.publicKey())).rejects.toThrow('empty')
    await expect(verifyExport(lines, 'nonsense')).rejects.toThrow('not a public key')
  })
})

async function write(audit: Audit, count: number): Promise<void> {
  for (let i = 0; i < count; i++) audit.record(access({ resource: `/orders/${i}` }))
  await audit.flush()
}

async function eventAt(audit: Audit, number: number): Promise<string> {
  const page = await audit.search({ resource: `/orders/${number}` })
  return page.ok ? (page.value.items[0]?.id ?? '') : ''
}
