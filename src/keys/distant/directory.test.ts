import { expect, it } from 'vitest'
import type { Key } from '../key.ts'
import { createDistantDirectory, type Resolved } from './directory.ts'
import { type PortableKey, RULES } from './portable.ts'

const KEY: PortableKey = {
  id: 'key_1hq3v0c9kd5m7w2x8p4t6r1a',
  owner: { kind: 'service', id: 'svc_1hq3v0c9kd5m7w2x8p4t6r1a' },
  organization: 'org_default',
  scopes: ['orders:read'],
  permissions: [],
  allowedIps: [],
  allowedDomains: [],
  resources: [],
  rateLimits: [],
  status: 'active',
  expiresAt: 9_999_999_999_999,
  ownerEnabled: true,
  rules: RULES,
} as unknown as PortableKey

const PROVED: Resolved = { proved: true, key: KEY }

/** A directory, the server that it asks, and the time. */
function place(answers: (text: string) => Resolved | Promise<Resolved> = () => PROVED) {
  const state = { now: 1_000_000, fresh: true, asked: [] as string[] }
  const directory = createDistantDirectory({
    source: {
      resolve: async (text) => {
        state.asked.push(text)
        return answers(text)
      },
      fresh: () => state.fresh,
    },
    clock: { now: () => state.now },
    capacity: 10,
  })
  return { state, directory }
}

const held: Key['scopes'] = ['orders:read']

it('asks once for a key, and then says at once what it knows', async () => {
  const { state, directory } = place()
  expect(await directory.find('a-key')).toMatchObject({ is: 'proved', entry: { principal: { scopes: held } } })
  expect(directory.find('a-key')).toMatchObject({ is: 'proved' })
  expect(state.asked).toEqual(['a-key'])
})

it('asks once for many requests at once', async () => {
  const { state, directory } = place()
  await Promise.all(Array.from({ length: 20 }, () => directory.find('a-key')))
  expect(state.asked).toHaveLength(1)
})

it('believes nothing that it remembers while the server is not heard of, and remembers nothing', async () => {
  const { state, directory } = place()
  await directory.find('a-key')
  state.fresh = false
  await directory.find('a-key')
  await directory.find('b-key')
  state.fresh = true
  await directory.find('b-key')
  expect(state.asked).toEqual(['a-key', 'a-key', 'b-key', 'b-key'])
})

it.each([
  ['the key', KEY.id],
  ['its owner', KEY.owner.id],
  ['everything', null],
])('asks again when %s changed, until all of the server has heard of it', async (_, ref) => {
  const { state, directory } = place()
  await directory.find('a-key')
  if (ref === KEY.owner.id) directory.forgetOwner(ref)
  else directory.forget(ref)
  await directory.find('a-key')
  await directory.find('a-key')
  expect(state.asked).toHaveLength(3)
  state.now += 2_001
  await directory.find('a-key')
  await directory.find('a-key')
  expect(state.asked).toHaveLength(4)
})

it('does not remember an answer that a change overtook', async () => {
  let answer: (it: Resolved) => void = () => undefined
  const late = new Promise<Resolved>((resolve) => {
    answer = resolve
  })
  const { state, directory } = place(() => (state.asked.length === 1 ? late : PROVED))
  const first = directory.find('a-key')
  directory.forget('key_other')
  answer(PROVED)
  await first
  await directory.find('a-key')
  expect(state.asked).toHaveLength(2)
})

it('does not join a request that began before a change', async () => {
  const { state, directory } = place(() => new Promise(() => undefined))
  void directory.find('a-key')
  directory.forget(KEY.id)
  void directory.find('a-key')
  expect(state.asked).toHaveLength(2)
})

it('remembers for five seconds what proved nothing, and until something changes', async () => {
  const { state, directory } = place(() => ({ proved: false, code: 'KEY_NOT_FOUND' }))
  expect(await directory.find('a-key')).toEqual({ is: 'unproven', code: 'KEY_NOT_FOUND' })
  expect(directory.find('a-key')).toEqual({ is: 'unproven', code: 'KEY_NOT_FOUND' })
  state.now += 5_001
  await directory.find('a-key')
  directory.forget('key_new')
  await directory.find('a-key')
  expect(state.asked).toHaveLength(3)
})

it('asks about nothing that is no key by its length', () => {
  const { state, directory } = place()
  expect(directory.find('x'.repeat(513))).toEqual({ is: 'unproven', code: 'KEY_MALFORMED' })
  expect(state.asked).toEqual([])
})

it('judges no key by rules that the server does not have', async () => {
  const { directory } = place(() => ({ proved: true, key: { ...KEY, rules: `${RULES} checkSomethingNew` } }))
  await expect(directory.find('a-key')).rejects.toThrow('other rules')
})

it('lets the server be missing, and asks again afterwards', async () => {
  const { state, directory } = place(() => {
    if (state.asked.length === 1) throw new Error('no server')
    return PROVED
  })
  await expect(directory.find('a-key')).rejects.toThrow('no server')
  expect(await directory.find('a-key')).toMatchObject({ is: 'proved' })
})

it('holds no more keys than it may, and asks about no more at once', async () => {
  const { directory } = place()
  for (let i = 0; i < 30; i++) await directory.find(`key-${i}`)
  expect(directory.size()).toBe(10)
  const { directory: slow } = place(() => new Promise(() => undefined))
  for (let i = 0; i < 1_000; i++) void slow.find(`key-${i}`)
  await expect(slow.find('one-more')).rejects.toThrow('at once')
})
