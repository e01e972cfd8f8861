import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, systemClock } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { openTestStore } from '../store/testing.ts'
import { createSecrets, type MasterSettings, masterKeySource, secretMigrations } from './index.ts'

describe('a master key', () => {
  let data: string
  let store: Store

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'sallyport-master-'))
    const place = { databaseUrl: `sqlite:${join(data, 'test.db')}`, redisUrl: null, redisPrefix: '' }
    store = await openTestStore(place, { migrations: secretMigrations })
  })
  afterEach(async () => {
    await store.close()
    await rm(data, { recursive: true })
  })

  const settings = (more: Partial<MasterSettings> = {}): MasterSettings => ({
    key: null,
    keyFile: null,
    passphrase: null,
    data,
    dialect: 'sqlite',
    ...more,
  })
  const start = async (more: Partial<MasterSettings> = {}) =>
    createSecrets({ store, clock: systemClock, master: masterKeySource(settings(more)) })

  it('is generated on the first start of an embedded database, for its owner alone, and it is said where', async () => {
    const secrets = await start()
    const path = join(data, 'master.key')
    expect(secrets.warnings).toEqual([expect.stringContaining(path)])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const sealed = (await secrets.box('test.things')).seal('x', 'a')
    const next = await start()
    expect(next.warnings).toEqual([])
    expect((await next.box('test.things')).open(sealed, 'a').toString()).toBe('x')
    expect(JSON.stringify(secrets.warnings)).not.toContain((await readFile(path, 'utf8')).trim())
  })

  it('is generated once, however many processes start at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => start()))
    expect((await readdir(data)).filter((name) => name.startsWith('master.key'))).toEqual(['master.key'])
  })

  it('is not generated anew when it was lost', async () => {
    await start()
    await rm(join(data, 'master.key'))
    await expect(start()).rejects.toThrow('master.key is missing')
    expect(await readdir(data)).not.toContain('master.key')
  })

  it('is never generated for PostgreSQL', () => {
    expect(() => masterKeySource(settings({ dialect: 'postgres' }))).toThrow('set SALLYPORT_MASTER_KEY')
  })

  it('may come from one place only', () => {
    const key = new Secret(randomBytes(32).toString('hex'))
    expect(() => masterKeySource(settings({ key, passphrase: new Secret('x') }))).toThrow('more than once')
  })

  it.each(['hex', 'base64', 'base64url'] as const)('is read as %s, and means the same in each form', async (form) => {
    const bytes = randomBytes(32)
    await start({ key: new Secret(bytes.toString('hex')) })
    await start({ key: new Secret(`  ${bytes.toString(form)}\n`) })
  })

  it.each([
    ['zeros', Buffer.alloc(32)],
    ['one byte again and again', Buffer.alloc(32, 0xa7)],
    ['a short pattern', Buffer.from('abcdefgh'.repeat(4))],
    ['a repeated half', Buffer.concat(Array(2).fill(randomBytes(16)))],
    ['counting bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i))],
  ])('of %s is refused', async (_, bytes) => {
    await expect(start({ key: new Secret(bytes.toString('base64')) })).rejects.toThrow('holds a pattern')
  })

  it.each(['', 'x', 'not base64 at all!', randomBytes(31).toString('base64'), randomBytes(80).toString('base64')])(
    'of the wrong form is refused, and not shown: %j',
    async (text) => {
      const refusal = await start({ key: new Secret(text) }).catch((error: Error) => error.message)
      expect(refusal).toContain('must hold 32 random bytes')
      if (text.length > 1) expect(refusal).not.toContain(text)
    },
  )

  it('in a file that others can read is refused with the command that mends it', async () => {
    const keyFile = join(data, 'given.key')
    await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(keyFile, mode)
      await expect(start({ keyFile })).rejects.toThrow(`chmod 600 ${keyFile}`)
    }
    await chmod(keyFile, 0o600)
    await start({ keyFile })
    await expect(start({ keyFile: join(data, 'none.key') })).rejects.toThrow('is missing')
  })

  it('is derived from a passphrase, the same at each start and another for each database', async () => {
    const secrets = await start({ passphrase: new Secret('correct horse battery') })
    const sealed = (await secrets.box('test.things')).seal('x', 'a')
    const next = await start({ passphrase: new Secret('correct horse battery') })
    expect((await next.box('test.things')).open(sealed, 'a').toString()).toBe('x')
    await expect(start({ passphrase: new Secret('correct horse batterz') })).rejects.toThrow('not the master key')
  })

  it('that replaced another is picked up by a running process when its file is', async () => {
    const keyFile = join(data, 'given.key')
    const nextFile = join(data, 'next.key')
    for (const file of [keyFile, nextFile]) await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600 })
    const [one, other] = [await start({ keyFile }), await start({ keyFile })]
    await one.box('test.things')
    await one.rotate({ what: 'master', next: masterKeySource(settings({ keyFile: nextFile })) })
    await expect(other.box('test.things')).rejects.toThrow('was replaced')
    await writeFile(keyFile, await readFile(nextFile))
    const box = await other.box('test.things')
    expect(box.open(box.seal('x', 'a'), 'a').toString()).toBe('x')
  })
})
