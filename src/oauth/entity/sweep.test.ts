import { beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../../test/support/backends.ts'
import { type EntityRow, entityDigest } from './entity.ts'
import { entitiesOf, TOLERANCE } from './store.ts'
import { createPace, startEntitySweep, sweepEntities } from './sweep.ts'
import { type Keeping, useEntities } from './testing/entities.ts'

const HOUR = 3_600_000

describe.each(backends)('what expired of what the protocol keeps, on $name', ({ open }) => {
  const place = useEntities(open)
  let here: Keeping

  beforeEach(async () => {
    here = await place.start()
  })

  it('is deleted in steps of two hundred, the oldest first, and the rest stays', async () => {
    const now = place.clock.now()
    await put('expired', 450, (at) => now - HOUR - at * 1000)
    await put('alive', 3, () => now + HOUR)
    await put('endless', 2, () => null)
    await put('tolerated', 2, () => now - TOLERANCE + 1000)
    const steps: [boolean, number][] = []
    for (let more = true; more; ) {
      more = await sweepEntities(here.store, now)
      steps.push([more, (await here.rows()).length])
    }
    expect(steps).toEqual([
      [true, 257],
      [true, 57],
      [false, 7],
    ])
  })

  it('is gone after one run of the chore, and used up things with it', async () => {
    const { clock, store } = here.deps
    await here.of('AuthorizationCode').upsert('code', { jti: 'code' }, 60)
    await here.of('AuthorizationCode').consume('code')
    await put('expired', 250, () => clock.now())
    const sweep = startEntitySweep({ store, clock, onError: (error) => expect.fail(String(error)) })
    expect(await sweep.run()).toBe(true)
    expect(await here.rows()).toHaveLength(251)
    place.clock.pass(60_000 + TOLERANCE)
    expect(await sweep.run()).toBe(true)
    await sweep.stop()
    expect(await here.rows()).toEqual([])
  })

  async function put(name: string, count: number, expiresAt: (at: number) => number | null): Promise<void> {
    const nothing = { alias: null, grant_digest: null, session_uid: null, sid_digest: null }
    const nobody = {
      person_id: null,
      client_id: null,
      organization: null,
      own_session: null,
      consumed_at: null,
      payload: '{}',
    }
    const rows = Array.from({ length: count }, (_, at): EntityRow => {
      const digest = entityDigest('AccessToken', `${name}-${at}`)
      return { digest, model: 'AccessToken', ...nothing, ...nobody, expires_at: expiresAt(at) }
    })
    await here.store.write(async (tx) => {
      await entitiesOf(tx).insertInto('oauth_entity').values(rows).execute()
    })
  }
})

describe('the pace of the sweep', () => {
  it('takes more rows while steps are quick, up to two hundred, and fewer at once when one was slow, down to ten', () => {
    const pace = createPace()
    const taken = [1, 1, 1, 1, 1, 16, 80, 80, 80, 80].map((milliseconds) => {
      pace.took(milliseconds)
      return pace.rows()
    })
    expect(taken).toEqual([20, 40, 80, 160, 200, 100, 25, 10, 10, 10])
  })
})
