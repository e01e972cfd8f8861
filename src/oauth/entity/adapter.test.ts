import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../../test/support/backends.ts'
import { MODELS, type Model } from './entity.ts'
import { showOnce } from './show-once.ts'
import { TOLERANCE } from './store.ts'
import { type Keeping, useEntities } from './testing/entities.ts'

/** What ends with the grant it was made under. */
const UNDER_GRANTS = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'] as const
/** What is good for one use. */
const ONCE: readonly (readonly [Model, string])[] = [
  ['AuthorizationCode', 'invalid_grant'],
  ['RefreshToken', 'invalid_grant'],
  ['DeviceCode', 'invalid_grant'],
  ['BackchannelAuthenticationRequest', 'invalid_grant'],
  ['PushedAuthorizationRequest', 'invalid_request_uri'],
]

const newId = () => randomBytes(32).toString('base64url')
const ofUid = (uid: string) => ({ uid, kind: 'Session', accountId: 'usr_ada' })

describe.each(backends)('what the protocol keeps on $name', ({ open }) => {
  const place = useEntities(open)
  let here: Keeping

  beforeEach(async () => {
    here = await place.start()
  })

  describe.each(MODELS)('%s', (model) => {
    const id = newId()

    it('is given back as it was put, with members that nobody knows yet, here and in the next process', async () => {
      const payload = { jti: id, kind: model, accountId: 'usr_ada', future: { since: 2040, list: [null, 'é “2”', 0] } }
      await here.of(model).upsert(id, payload, 60)
      expect(await here.of(model).find(id)).toEqual(payload)
      expect(await (await place.start()).of(model).find(id)).toEqual(payload)
    })

    it('is replaced as a whole', async () => {
      await here.of(model).upsert(id, { jti: id, kind: model, accountId: 'usr_ada', nonce: 'first' }, 60)
      await here.of(model).upsert(id, { jti: id, kind: model, clientId: 'cli_shop' }, 120)
      expect(await here.of(model).find(id)).toEqual({ jti: id, kind: model, clientId: 'cli_shop' })
      place.clock.pass(100_000)
      expect(await here.of(model).find(id)).toEqual({ jti: id, kind: model, clientId: 'cli_shop' })
    })

    it('is not found by its name among other kinds, nor by a part of it', async () => {
      await here.of(model).upsert(id, { jti: id, kind: model }, 60)
      for (const other of MODELS.filter((one) => one !== model)) expect(await here.of(other).find(id)).toBeUndefined()
      for (const wrong of ['', id.slice(0, -1), id.toUpperCase(), `${model}:${id}`]) {
        expect(await here.of(model).find(wrong)).toBeUndefined()
      }
    })

    it('is found a little longer than it lives, since clocks differ, and not after', async () => {
      await here.of(model).upsert(id, { jti: id, kind: model }, 60)
      place.clock.pass(60_000 + 15_000)
      expect(await here.of(model).find(id)).toEqual({ jti: id, kind: model })
      place.clock.pass(TOLERANCE)
      expect(await here.of(model).find(id)).toBeUndefined()
    })

    it('stays until it is destroyed when it has no end', async () => {
      await here.of(model).upsert(id, { jti: id, kind: model }, undefined as never)
      place.clock.pass(10 * 365 * 86_400_000)
      expect(await here.of(model).find(id)).toEqual({ jti: id, kind: model })
      await here.of(model).destroy(id)
      expect(await here.of(model).find(id)).toBeUndefined()
      await here.of(model).destroy(id)
    })
  })

  describe.each(ONCE)('a %s', (model, error) => {
    it('is used up by one of many at once, in whichever process', async () => {
      const there = await place.start()
      const id = newId()
      await here.of(model).upsert(id, { jti: id, kind: model }, 60)
      const uses = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? here : there).of(model).consume(id))
      const settled = await Promise.allSettled(uses)
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const one of settled) if (one.status === 'rejected') expect(one.reason).toMatchObject({ error })
    })

    it('is still found when it was used up, and says when, until it ends', async () => {
      const id = newId()
      await here.of(model).upsert(id, { jti: id, kind: model }, 60)
      expect((await here.of(model).find(id))?.consumed).toBeUndefined()
      await here.of(model).consume(id)
      const consumed = Math.floor(place.clock.now() / 1000)
      expect(await here.of(model).find(id)).toEqual({ jti: id, kind: model, consumed })
      place.clock.pass(59_000)
      expect(await here.of(model).find(id)).toMatchObject({ consumed })
    })

    it('stays used up when it is written again', async () => {
      const id = newId()
      await here.of(model).upsert(id, { jti: id, kind: model }, 60)
      await here.of(model).consume(id)
      await here.of(model).upsert(id, { jti: id, kind: model, error: 'access_denied' }, 60)
      expect(await here.of(model).find(id)).toMatchObject({ error: 'access_denied', consumed: expect.any(Number) })
      await expect(here.of(model).consume(id)).rejects.toMatchObject({ error })
    })

    it('cannot be used up when it was never there or is gone', async () => {
      const id = newId()
      await here.of(model).upsert(id, { jti: id, kind: model }, 60)
      await here.of(model).destroy(id)
      await expect(here.of(model).consume(id)).rejects.toMatchObject({ error })
      await expect(here.of(model).consume(newId())).rejects.toMatchObject({ error })
    })
  })

  it('of many proofs that are shown at once, one is shown for the first time', async () => {
    const there = await place.start()
    const until = place.clock.now() + 60_000
    const shown = await Promise.all(
      Array.from({ length: 20 }, (_, at) => showOnce((at % 2 === 0 ? here : there).deps, 'cli_shop jti-1', until)),
    )
    expect(shown.filter(Boolean)).toHaveLength(1)
    expect(await showOnce(here.deps, 'cli_shop jti-2', until)).toBe(true)
  })

  describe('a session', () => {
    it('is found by its uid, and by none of its other names', async () => {
      for (const nonce of ['first', 'second']) {
        await here.of('Session').upsert('id-1', { ...ofUid('uid-1'), jti: 'id-1', nonce }, 60)
        expect(await here.of('Session').findByUid('uid-1')).toMatchObject({ jti: 'id-1', nonce })
      }
      for (const wrong of ['id-1', 'UID-1', 'usr_ada']) {
        expect(await here.of('Session').findByUid(wrong)).toBeUndefined()
      }
      expect(await here.of('Session').findByUserCode('uid-1')).toBeUndefined()
      place.clock.pass(60_000 + TOLERANCE)
      expect(await here.of('Session').findByUid('uid-1')).toBeUndefined()
    })

    it.each([
      ['the former id is destroyed first', ['destroy', 'put']],
      ['the former id is destroyed last', ['put', 'destroy']],
      ['the former id is never destroyed', ['put']],
    ])('keeps its uid for itself when its id changes and %s', async (_, steps) => {
      const sessions = here.of('Session')
      await sessions.upsert('id-1', { ...ofUid('uid-1'), jti: 'id-1' }, 60)
      for (const step of steps) {
        if (step === 'put') await sessions.upsert('id-2', { ...ofUid('uid-1'), jti: 'id-2' }, 60)
        else await sessions.destroy('id-1')
      }
      expect(await sessions.findByUid('uid-1')).toMatchObject({ jti: 'id-2' })
      expect(await sessions.find('id-1')).toBeUndefined()
      expect(await here.rows()).toHaveLength(1)
    })

    it('has one id in the end when many requests change it at once', async () => {
      const there = await place.start()
      await here.of('Session').upsert('id-0', { ...ofUid('uid-1'), jti: 'id-0' }, 60)
      await Promise.all(
        Array.from({ length: 10 }, async (_, at) => {
          const sessions = (at % 2 === 0 ? here : there).of('Session')
          await sessions.destroy('id-0')
          await sessions.upsert(`id-${at + 1}`, { ...ofUid('uid-1'), jti: `id-${at + 1}` }, 60)
        }),
      )
      expect(await here.rows()).toHaveLength(1)
      expect(await here.of('Session').findByUid('uid-1')).toMatchObject(ofUid('uid-1'))
    })
  })

  it('a device code is found by what the person types, which is nobody else’s, and is used up by it too', async () => {
    await here.of('DeviceCode').upsert('id-1', { jti: 'id-1', kind: 'DeviceCode', userCode: 'WDJBMJHT' }, 60)
    expect(await here.of('DeviceCode').findByUserCode('WDJBMJHT')).toMatchObject({ jti: 'id-1' })
    expect(await here.of('DeviceCode').findByUserCode('WDJBMJHX')).toBeUndefined()
    expect(await here.of('DeviceCode').findByUid('WDJBMJHT')).toBeUndefined()
    expect(await here.of('Session').findByUserCode('WDJBMJHT')).toBeUndefined()
    await here.of('DeviceCode').consume('id-1')
    await here.of('DeviceCode').upsert('id-1', { jti: 'id-1', kind: 'DeviceCode', userCode: 'WDJBMJHT' }, 60)
    const found = await here.of('DeviceCode').findByUserCode('WDJBMJHT')
    expect(found).toMatchObject({ jti: 'id-1', consumed: expect.any(Number) })
  })

  describe('a grant', () => {
    const under = async (grantId: string) => {
      for (const model of UNDER_GRANTS) await here.of(model).upsert(`${model}-${grantId}`, { kind: model, grantId }, 60)
    }
    const left = async (grantId: string) => {
      const found = await Promise.all(UNDER_GRANTS.map((model) => here.of(model).find(`${model}-${grantId}`)))
      return UNDER_GRANTS.filter((_, at) => found[at] !== undefined)
    }

    it('takes what one kind has under it along, and nothing of others', async () => {
      await under('grant-1')
      await under('grant-2')
      await here.of('RefreshToken').revokeByGrantId('grant-1')
      expect(await left('grant-1')).toEqual(['AccessToken', 'AuthorizationCode', 'DeviceCode'])
      expect(await left('grant-2')).toEqual([...UNDER_GRANTS])
      expect(here.ended).toEqual([])
    })

    it('takes everything under it along when it is destroyed, and what was signed', async () => {
      await here.of('Grant').upsert('grant-1', { jti: 'grant-1', kind: 'Grant' }, 60)
      await under('grant-1')
      await under('grant-2')
      await here.of('Grant').destroy('grant-1')
      expect(await left('grant-1')).toEqual([])
      expect(await left('grant-2')).toEqual([...UNDER_GRANTS])
      expect(here.ended).toEqual(['grant-1'])
    })

    it('is there as before when what was signed under it could not be ended', async () => {
      const failing = await place.start(async () => {
        throw new Error('the revocation cannot be written')
      })
      await here.of('Grant').upsert('grant-1', { jti: 'grant-1', kind: 'Grant' }, 60)
      await under('grant-1')
      await expect(failing.of('Grant').destroy('grant-1')).rejects.toThrow('cannot be written')
      expect(await here.of('Grant').find('grant-1')).toEqual({ jti: 'grant-1', kind: 'Grant' })
      expect(await left('grant-1')).toEqual([...UNDER_GRANTS])
    })
  })

  it.each(MODELS)(
    'a %s that ends here is gone at once, one that ends in another process within a second',
    async (model) => {
      const there = await place.start()
      await here.of(model).upsert('id-1', { jti: 'id-1', kind: model }, 60)
      await here.of(model).upsert('id-2', { jti: 'id-2', kind: model }, 60)
      expect(await Promise.all(['id-1', 'id-2'].map((id) => here.of(model).find(id)))).not.toContain(undefined)
      await here.of(model).destroy('id-1')
      expect(await here.of(model).find('id-1')).toBeUndefined()
      expect(await here.of(model).find('id-2')).toEqual({ jti: 'id-2', kind: model })
      await there.of(model).destroy('id-2')
      place.clock.pass(999)
      expect(await here.of(model).find('id-2')).toBeUndefined()
    },
  )

  it('what is found may be changed by who found it, and is found as it was kept', async () => {
    await here.of('Grant').upsert('grant-1', { jti: 'grant-1', rejected: { openid: { scope: 'email' } } }, 60)
    for (let time = 0; time < 3; time++) {
      const found = await here.of('Grant').find('grant-1')
      expect(found).toEqual({ jti: 'grant-1', rejected: { openid: { scope: 'email' } } })
      Object.assign(found?.rejected ?? {}, { openid: {} })
    }
  })

  it('what was made in a session of ours stays marked by it, whoever writes it again', async () => {
    here.answerFor({ id: 'ses_1', organization: 'org_acme' })
    await here.of('Grant').upsert('grant-1', { jti: 'grant-1', kind: 'Grant', accountId: 'usr_ada' }, 60)
    here.answerFor(null)
    await here.of('Grant').upsert('grant-1', { jti: 'grant-1', kind: 'Grant', accountId: 'usr_ada' }, 60)
    expect(await here.rows()).toMatchObject([
      { own_session: 'ses_1', organization: 'org_acme', person_id: 'usr_ada', client_id: null },
    ])
  })
})
