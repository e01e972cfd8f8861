import { afterAll, beforeAll, expect, it } from 'vitest'
import { backends, type World } from './backends.ts'
import { openPlace, type Place } from './sallyport.ts'

let worlds: World[]
let places: Place[]

beforeAll(async () => {
  const [small] = backends
  if (small === undefined) throw new Error('there is always one')
  worlds = await Promise.all([small.open(), small.open()])
  places = await Promise.all(worlds.map((world) => openPlace(world)))
})

afterAll(() => Promise.all((worlds ?? []).map((world) => world.close())))

it('commands of two places that run at once see only what is theirs', async () => {
  const named = async (place: Place | undefined, name: string) => {
    const made = await place?.json(['keys', 'create', '--name', name])
    return { made, list: await place?.json(['keys', 'list']) }
  }
  const [one, other] = await Promise.all([named(places[0], 'one'), named(places[1], 'other')])
  expect([one.list?.items, other.list?.items]).toMatchObject([[{ name: 'one' }], [{ name: 'other' }]])
})
