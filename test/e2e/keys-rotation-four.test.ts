import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openControl } from '../support/control.ts'
import { eventually, openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'

const DAY = 86_400_000
const store = { name: 'deploy', path: 'billing/api-key' }

describe.each(backends)('four server processes and a key on a schedule, $name', ({ open }) => {
  let world: World
  let place: Place
  let admin: string
  let made: { id: string; key: string }
  const nodes: RunningSallyport[] = []
  const yaml = () => `
secretStores:
  deploy: { kind: file, folder: ${join(world.dataDir, 'deployed')} }
keys:
  rotationEvery: 1s
`
  /** One process of ours at another time, because nobody can wait a week. */
  const at = (shift: number) =>
    openControl(world, {
      clock: { now: () => Date.now() + shift },
      env: { ...place.env, SALLYPORT_LOG_LEVEL: 'fatal' },
    })
  const ask = async (path: string, method = 'GET', body?: object) => {
    const answer = await fetch(`${nodes[0]?.control}${path}`, {
      method,
      headers: { 'x-api-key': admin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: the shape is what each line asserts
    return (await answer.json()) as any
  }
  const code = async (key: string) => (await ask('/v1/keys/verify', 'POST', { key })).code

  beforeAll(async () => {
    world = await open()
    place = await openPlace(world, yaml())
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await world?.close()
  })

  it('notice it, do it once, place the new key, and the old one is dead after its grace', {
    timeout: 60_000,
  }, async () => {
    // Made a week ago but for as long as four processes take to start, so that all are up when it is due.
    const soon = 15_000
    const before = await at(soon - 7 * DAY)
    const owner = await before.call(admin, 'POST', '/v1/services', { name: 'billing', contacts: ['owner@example.com'] })
    const wish = {
      name: 'billing',
      owner: { kind: 'service', id: owner.body.id },
      rotation: { every: 'weekly', store },
    }
    made = (await before.call(admin, 'POST', '/v1/keys', wish)).body
    await before.stop()
    for (const days of [6, 1]) {
      const then = await at(soon - days * DAY)
      await then.serving.system.keys.rotations.attend()
      await then.stop()
    }

    for (let pair = 0; pair < 2; pair++) nodes.push(...(await Promise.all([place.serve(), place.serve()])))
    const rotated = async () => (await ask(`/v1/keys/${made.id}`)).rotatedTo !== null
    expect(await eventually(rotated, 60_000)).toBe(true)
    // Every process has looked again several times.
    await new Promise((resolve) => setTimeout(resolve, 3_000))

    const { rotatedTo } = await ask(`/v1/keys/${made.id}`)
    const standing = await place.json(['keys', 'rotation', made.id])
    expect(standing).toMatchObject({
      status: 'grace',
      history: [{ from: made.id, to: rotatedTo, kind: 'scheduled', state: 'rotated', store }],
    })
    const text = await readFile(join(world.dataDir, 'deployed', store.path), 'utf8')
    expect(await ask('/v1/keys/verify', 'POST', { key: text })).toMatchObject({ code: 'VALID', keyId: rotatedTo })
    expect(await code(made.key)).toBe('VALID')
    const told = async (type: string) => (await ask(`/v1/audit/events?type=${type}&resource=${made.id}`)).items
    expect(await told('key.rotated')).toHaveLength(1)
    expect(await told('key.rotation_notice')).toHaveLength(2)
    const { items } = await ask('/v1/notices/outbox?limit=100')
    expect(items.map((mail: { template: string }) => mail.template).sort()).toEqual([
      'key_rotated',
      'rotation_due_soon',
      'rotation_due_today',
    ])

    const after = await at(DAY + 60_000)
    expect((await after.call(admin, 'POST', '/v1/keys/verify', { key: made.key })).body.code).toBe('KEY_EXPIRED')
    expect((await after.call(admin, 'POST', '/v1/keys/verify', { key: text })).body.code).toBe('VALID')
    await after.stop()
  })
})
