import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../../test/support/backends.ts'
import { type EntityRow, entityDigest, MODELS } from './entity.ts'
import { showOnce } from './show-once.ts'
import { entitiesOf } from './store.ts'
import { type Keeping, useEntities } from './testing/entities.ts'

const newId = () => randomBytes(32).toString('base64url')

/** All that stands in some rows, in each way that bytes can be written. */
function writtenIn(rows: readonly EntityRow[]): string {
  const ways = ['latin1', 'hex', 'base64', 'base64url'] as const
  const texts = rows.flatMap((row) =>
    Object.values(row).flatMap((value) =>
      value instanceof Uint8Array ? ways.map((way) => Buffer.from(value).toString(way)) : [String(value)],
    ),
  )
  return texts.join('\n')
}

describe.each(backends)('in the database of what the protocol keeps, on $name', ({ open }) => {
  const place = useEntities(open)
  let here: Keeping

  beforeEach(async () => {
    here = await place.start()
  })

  it('no name by which something is shown can be read, nor anything of what was kept', async () => {
    const planted: string[] = []
    const plant = () => {
      const id = newId()
      planted.push(id, Buffer.from(id).toString('base64'), Buffer.from(id).toString('hex'))
      return id
    }
    for (const model of MODELS) {
      const [id, uid, userCode, grantId, sessionUid] = [plant(), plant(), plant(), plant(), plant()]
      const payload = { jti: id, kind: model, uid, userCode, grantId, sessionUid, nonce: plant(), future: plant() }
      await here.of(model).upsert(id, payload, 60)
    }
    await showOnce(here.deps, `cli_shop ${plant()}`, place.clock.now() + 60_000)
    const text = writtenIn(await here.rows())
    expect(text).toContain('AuthorizationCode')
    for (const secret of planted) expect(text).not.toContain(secret)
  })

  it('nothing opens in the place of something else', async () => {
    await here.of('AccessToken').upsert('mine', { jti: 'mine', accountId: 'usr_ada' }, 60)
    await here.of('AccessToken').upsert('theirs', { jti: 'theirs', accountId: 'usr_admin' }, 60)
    await here.of('RefreshToken').upsert('theirs', { jti: 'theirs', accountId: 'usr_admin' }, 60)
    const [mine, theirs, other] = [
      entityDigest('AccessToken', 'mine'),
      entityDigest('AccessToken', 'theirs'),
      entityDigest('RefreshToken', 'theirs'),
    ]
    for (const from of [theirs, other]) {
      const payload = (await here.rows()).find(({ digest }) => Buffer.from(digest).equals(from))?.payload ?? ''
      await here.store.write(async (tx) => {
        await entitiesOf(tx).updateTable('oauth_entity').set({ payload }).where('digest', '=', mine).execute()
      })
      await expect(here.of('AccessToken').find('mine')).rejects.toThrow('does not open')
    }
  })

  it('nothing opens under another kind than it was kept as', async () => {
    await here.of('AccessToken').upsert('mine', { jti: 'mine' }, 60)
    await here.store.write(async (tx) => {
      await entitiesOf(tx).updateTable('oauth_entity').set({ model: 'RefreshToken' }).execute()
    })
    expect(await here.of('AccessToken').find('mine')).toBeUndefined()
  })

  it('everything is sealed again after a new data key, batch by batch, and is what it was', {
    timeout: 120_000,
  }, async () => {
    await here.of('Grant').upsert('first', { jti: 'first', accountId: 'usr_ada' }, 60)
    await showOnce(here.deps, 'shown', place.clock.now() + 60_000)
    await fill(1_100)
    await here.of('AuthorizationCode').upsert('code', { jti: 'code' }, 60)
    await here.of('AuthorizationCode').consume('code')
    const before = keysOf(await here.rows())
    expect(before.size).toBe(1)

    await here.secrets.rotate({ what: 'data', purpose: 'oauth.entity' })
    place.clock.pass(10_000)
    expect(await here.secrets.reseal()).toEqual(['oauth.entity'])
    const after = keysOf(await here.rows())
    expect(after.size).toBe(1)
    expect([...after]).not.toEqual([...before])
    expect(await here.of('Grant').find('first')).toEqual({ jti: 'first', accountId: 'usr_ada' })
    expect(await here.of('AccessToken').find('token-1099')).toEqual({ jti: 'token-1099' })
    expect(await here.of('AuthorizationCode').find('code')).toMatchObject({ consumed: expect.any(Number) })
    expect(await showOnce(here.deps, 'shown', place.clock.now() + 60_000)).toBe(false)
  })

  it('what is written while all is sealed again is not lost', { timeout: 120_000 }, async () => {
    const sessions = here.of('Session')
    await fill(600)
    for (let at = 0; at < 20; at++) await sessions.upsert(`s${at}`, { jti: `s${at}`, uid: `u${at}`, loginTs: 0 }, 600)
    await here.secrets.rotate({ what: 'data', purpose: 'oauth.entity' })
    place.clock.pass(10_000)
    const there = await place.start()
    const resealing = there.secrets.reseal()
    for (let round = 1; round <= 5; round++) {
      for (let at = 0; at < 20; at++) {
        await sessions.upsert(`s${at}`, { jti: `s${at}`, uid: `u${at}`, loginTs: round }, 600)
      }
    }
    await resealing
    for (let at = 0; at < 20; at++) expect(await sessions.find(`s${at}`)).toMatchObject({ loginTs: 5 })
  })

  /** Many tokens, put in as one. */
  async function fill(count: number): Promise<void> {
    await here.of('AccessToken').upsert('token-0', { jti: 'token-0' }, 60)
    const { deps } = here
    const [row] = (await here.rows()).filter(({ model }) => model === 'AccessToken')
    if (row === undefined) throw new Error('nothing was kept')
    const rows = Array.from({ length: count - 1 }, (_, at) => {
      const digest = entityDigest('AccessToken', `token-${at + 1}`)
      const context = `AccessToken:${Buffer.from(digest).toString('base64url')}`
      return { ...row, digest, payload: deps.box.seal(JSON.stringify({ jti: `token-${at + 1}` }), context) }
    })
    await here.store.write(async (tx) => {
      for (let at = 0; at < rows.length; at += 100) {
        await entitiesOf(tx)
          .insertInto('oauth_entity')
          .values(rows.slice(at, at + 100))
          .execute()
      }
    })
  }
})

/** The data keys that seal some rows. */
function keysOf(rows: readonly EntityRow[]): Set<string | undefined> {
  return new Set(rows.filter(({ model }) => model !== 'ReplayDetection').map(({ payload }) => payload.split('.')[1]))
}
