import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, Secret } from '../../src/core/index.ts'
import { createKeys, type Keys, newKeyOf } from '../../src/keys/index.ts'
import { operator } from '../../src/server/index.ts'
import type { Store } from '../../src/store/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const DAY = 86_400_000

/** A secret store that does with one path what a test tells it to. The successors of other tests are due as well. */
function fakePlace(told: string) {
  const values = new Map<string, string>()
  const place = {
    values,
    /** Runs while a value is being put; what it throws is what the store answers. */
    putting: async (_value: string, keep: () => void): Promise<void> => keep(),
    reading: async (): Promise<void> => undefined,
  }
  const store = {
    can: { write: true },
    pathFault: () => null,
    rotate: async (path: string, value: Secret) => {
      const keep = () => void values.set(path, value.reveal())
      if (path === told) await place.putting(value.reveal(), keep)
      else keep()
      return { previous: null }
    },
    get: async (path: string) => {
      if (path === told) await place.reading()
      const value = values.get(path)
      return value === undefined ? null : new Secret(value)
    },
  }
  return Object.assign(place, { store })
}

describe.each(backends)('placing a rotated key in a secret store on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let place = fakePlace('')
  let keys: Keys
  let now = Date.now()
  const clock: Clock = { now: () => now }
  const later = (ms: number) => {
    now += ms
  }

  const build = (store: Store): Promise<Keys> => {
    const { system } = control.serving
    return createKeys({
      // What the server's own keys seal is sealed again by those.
      secrets: { ...system.secrets, resealWith: () => undefined },
      audit: system.audit,
      limits: system.limits,
      settings: system.config.keys,
      access: system.access,
      grantsOf: async () => null,
      freshProblem: async () => null,
      countryOf: () => null,
      acceptOnce: () => true,
      signToken: () => Promise.reject(new Error('not here')),
      store,
      clock,
      rotation: {
        every: 3_600_000,
        approval: [],
        places: { names: ['vault'], get: (name) => (name === 'vault' ? place.store : null) },
        mail: async () => undefined,
      },
      onError: () => undefined,
    })
  }

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock })
    admin = (await control.keyWith(['*'])).key
    keys = await build(control.serving.system.store)
  })

  afterAll(async () => {
    await keys?.stop()
    await control?.stop()
    await world?.close()
  })

  const get = async (path: string) => (await control.call(admin, 'GET', path)).body
  const rotate = (id: string) => control.call(admin, 'POST', `/v1/keys/${id}/rotate`)
  const rotation = (id: string) => get(`/v1/keys/${id}/rotation`)
  const verify = async (key: string | undefined) =>
    (await control.call(admin, 'POST', '/v1/keys/verify', { key: key ?? 'nothing' })).body
  /** A key that is due now. */
  const due = async () => {
    const path = `key-${Math.random().toString(36).slice(2)}`
    place = fakePlace(path)
    const rotating = { every: 'weekly', notice: 0, store: { name: 'vault', path } } as const
    const caller = { principal: operator, address: null, userAgent: null, requestId: null }
    const made = await keys.create(
      { ...newKeyOf({ name: 'placed' }), rotation: rotating, scopes: ['a', 'b'] },
      caller,
      null,
    )
    if (!made.ok || made.value.secret === null) throw new Error(JSON.stringify(made))
    later(7 * DAY)
    return { id: made.value.key.id, key: made.value.secret.reveal(), path }
  }

  it('the new key works before whoever reads the store can have it, and the old one is not touched until then', async () => {
    const { id, path } = await due()
    const seen: unknown[] = []
    place.putting = async (value, keep) => {
      seen.push((await verify(value)).code, (await get(`/v1/keys/${id}`)).rotatedTo, (await rotation(id)).status)
      keep()
    }
    await keys.rotations.attend()
    expect(seen).toEqual(['VALID', null, 'placing'])
    expect((await verify(place.values.get(path))).keyId).toBe((await get(`/v1/keys/${id}`)).rotatedTo)
  })

  it('a store that took the key but whose answer was lost is asked, and the rotation completed', async () => {
    const { id, path } = await due()
    place.putting = async (_value, keep) => {
      keep()
      throw new Error('connection lost')
    }
    await keys.rotations.attend()
    expect((await rotation(id)).history).toMatchObject([{ state: 'rotated' }])
    expect((await verify(place.values.get(path))).code).toBe('VALID')
  })

  it('while the store says nothing nothing is decided; the process after a crash finds out', async () => {
    const { id, key, path } = await due()
    place.putting = async (_value, keep) => {
      keep()
      place.reading = async () => {
        throw new Error('down')
      }
      throw new Error('connection lost')
    }
    await keys.rotations.attend()
    expect(await rotation(id)).toMatchObject({ status: 'placing', history: [{ state: 'placing' }] })
    expect((await rotate(id)).body).toMatchObject({ status: 409, code: 'ROTATION_UNDER_WAY' })
    later(5 * 60_000)
    await keys.rotations.attend()
    expect((await rotation(id)).status).toBe('placing')
    expect((await verify(key)).code).toBe('VALID')
    place.reading = async () => undefined
    later(5 * 60_000)
    await keys.rotations.attend()
    expect(await rotation(id)).toMatchObject({ status: 'grace', history: [{ state: 'rotated' }] })
    expect((await verify(place.values.get(path))).code).toBe('VALID')
  })

  it('by hand, a store that says nothing leaves it open; afterwards the old key has the grace that was asked for', async () => {
    const { id, key, path } = await due()
    place.putting = async (_value, keep) => {
      keep()
      place.reading = async () => {
        throw new Error('down')
      }
      throw new Error('connection lost')
    }
    const caller = { principal: operator, address: null, userAgent: null, requestId: null }
    const wish = { target: { id, version: null }, graceMs: 3_600_000 }
    const idempotency = { scope: 'test', key: id, fingerprint: '' }
    const away = { ok: false, problem: { code: 'UNAVAILABLE' } }
    expect(await keys.rotate(wish, caller, idempotency)).toMatchObject(away)
    expect(await keys.rotate(wish, caller, idempotency)).toMatchObject(away)
    expect(await keys.rotate(wish, caller, null)).toMatchObject({ ok: false, problem: { code: 'ROTATION_UNDER_WAY' } })
    place.reading = async () => undefined
    later(5 * 60_000)
    await keys.rotations.attend()
    expect(await rotation(id)).toMatchObject({ status: 'grace', history: [{ kind: 'manual', state: 'rotated' }] })
    expect(Date.parse((await rotation(id)).graceEndsAt) - now).toBe(3_600_000)
    expect([(await verify(key)).code, (await verify(place.values.get(path))).code]).toEqual(['VALID', 'VALID'])
    expect(await keys.rotate(wish, caller, idempotency)).toMatchObject({ ok: true, value: { repeated: true } })
  })

  it('by hand, a store that is away or not there is said before anything is made', async () => {
    const { id } = await due()
    place.reading = async () => {
      throw new Error('down')
    }
    const caller = { principal: operator, address: null, userAgent: null, requestId: null }
    const answer = await keys.rotate({ target: { id, version: null }, graceMs: null }, caller, null)
    expect(answer).toMatchObject({ ok: false, problem: { code: 'UNAVAILABLE' } })
    // The server of this test has no such store.
    expect((await rotate(id)).body).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
    expect((await rotation(id)).history).toEqual([])
  })

  it('a key that never reached the store is revoked, and another one placed', async () => {
    const { id, path } = await due()
    const lost: string[] = []
    place.putting = async (value) => {
      lost.push(value)
      place.putting = async (_value, keep) => keep()
      place.reading = async () => {
        throw new Error('down')
      }
      throw new Error('down')
    }
    await keys.rotations.attend()
    place.reading = async () => undefined
    later(5 * 60_000)
    await keys.rotations.attend()
    expect((await rotation(id)).history).toMatchObject([{ state: 'rotated' }, { state: 'failed' }])
    expect((await verify(lost[0])).code).toBe('KEY_REVOKED')
    expect((await verify(place.values.get(path))).code).toBe('VALID')
  })

  it('what is changed about the key meanwhile goes over to the new one', async () => {
    const { id } = await due()
    place.putting = async (_value, keep) => {
      await control.call(admin, 'PATCH', `/v1/keys/${id}`, { scopes: ['a'], status: 'inactive' })
      keep()
    }
    await keys.rotations.attend()
    const { rotatedTo } = await get(`/v1/keys/${id}`)
    expect(await get(`/v1/keys/${rotatedTo}`)).toMatchObject({ scopes: ['a'], status: 'inactive' })
  })

  it('a key that is revoked meanwhile takes the new one with it', async () => {
    const { id, path } = await due()
    place.putting = async (_value, keep) => {
      keep()
      await control.call(admin, 'DELETE', `/v1/keys/${id}`)
    }
    await keys.rotations.attend()
    expect((await rotation(id)).history).toMatchObject([{ state: 'failed' }])
    expect((await verify(place.values.get(path))).code).toBe('KEY_REVOKED')
  })

  it('two processes that both believe in their lease make one key', async () => {
    const { id } = await due()
    const { system } = control.serving
    const always = { renew: async () => true, release: async () => undefined, fence: 1 }
    const store = { ...system.store, leases: { take: async () => always } }
    const others = await Promise.all([build(store), build(store), build(store), build(store)])
    await Promise.all(others.map((other) => other.rotations.attend()))
    expect((await rotation(id)).history).toMatchObject([{ state: 'rotated' }])
    expect((await get(`/v1/audit/events?type=key.rotated&resource=${id}`)).items).toHaveLength(1)
    await Promise.all(others.map((other) => other.stop()))
  })
})
