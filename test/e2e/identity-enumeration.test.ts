import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const TRIES = 200
/** Where a password is hashed each time: two hundred would take minutes. */
const HASHED_TRIES = 30
const MEASURED_AT_MOST = 4
/** Where only the answers are compared, and no times. */
const FEW = 6
/** Two groups of strangers, so that it shows how much two groups of one kind differ by chance. */
const GROUPS = ['known', 'stranger', 'other stranger'] as const
type Group = (typeof GROUPS)[number]

type Answer = { readonly shape: string; readonly ms: number; readonly json: Record<string, unknown> }
type Way = {
  readonly name: string
  readonly path: string
  readonly body: (email: string) => object
  /** Asked before, and not measured: its answer gives members of the body. */
  readonly first?: { readonly path: string; readonly takes: string }
  readonly tries: number
  readonly atOnce: number
  readonly status: number
}

const WRONG = 'not this one at all'
const onlyEmail = (email: string) => ({ email })
const mailed = { body: onlyEmail, tries: TRIES, atOnce: 25, status: 202 }
const hashed = { tries: HASHED_TRIES, atOnce: 1 }
const login = '/v1/auth/login'

const WAYS: readonly Way[] = [
  { name: 'a wrong password', path: login, body: (email) => ({ email, password: WRONG }), status: 401, ...hashed },
  {
    name: 'a registration',
    path: '/v1/auth/register',
    body: (email) => ({ email, name: 'Ada Lovelace', password: `correct horse ${randomBytes(8).toString('hex')}` }),
    status: 202,
    ...hashed,
  },
  { name: 'an address alone', path: login, body: onlyEmail, tries: TRIES, atOnce: 5, status: 200 },
  { name: 'a forgotten password', path: '/v1/auth/password/forgot', ...mailed },
  { name: 'a link to sign in', path: '/v1/auth/magic-link', ...mailed },
  { name: 'the link to verify once more', path: '/v1/auth/verify/resend', ...mailed },
  {
    name: 'what a passkey is asked',
    path: '/v1/auth/passkey/options',
    body: () => ({}),
    first: { path: login, takes: 'flow' },
    tries: TRIES,
    atOnce: 25,
    status: 200,
  },
]

/** Members that differ each time, whoever asks. */
const MOMENTARY = new Set(['requestId', 'flow', 'expiresAt', 'challenge', 'id'])

function shapeOf(status: number, headers: readonly string[], json: unknown): string {
  const named = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headerShape(name, headers[i + 1] ?? '')]] : []))
  const masked = JSON.stringify(json, (name, value) =>
    MOMENTARY.has(name) ? typeof value : withoutNumber(name, value),
  )
  return JSON.stringify([status, named, masked])
}

// How many ids an address is answered with is its own, account or not; it is looked at by itself.
function withoutNumber(name: string, value: unknown): unknown {
  return name === 'allowCredentials' ? [...new Set((value as object[]).map((it) => Object.keys(it).join()))] : value
}

function headerShape(name: string, value: string): string {
  if (name.toLowerCase() === 'set-cookie') return value.replace(/=[^;]*/, '=')
  const varies = ['date', 'x-request-id', 'content-length']
  return varies.includes(name.toLowerCase()) ? '' : value
}

const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** The standard error of the median of these differences, by their median deviation: single outliers do not count. */
function errorOf(differences: readonly number[]): number {
  const centre = median(differences)
  const deviation = 1.4826 * median(differences.map((it) => Math.abs(it - centre)))
  return (1.2533 * deviation) / Math.sqrt(differences.length)
}

// Times are compared where the database is over the network, answers everywhere.
const places = backends.map((backend, i) => ({ ...backend, isTimed: i === backends.length - 1 }))

type Times = { readonly difference: number; readonly byChance: number }

/** How much longer known addresses take, and how much two groups of strangers differ by chance, in milliseconds. */
function timesOf(answers: Record<Group, Answer[]>): Times {
  const against = (one: Group, other: Group) => answers[one].map(({ ms }, i) => ms - (answers[other][i]?.ms ?? 0))
  const alike = against('other stranger', 'stranger')
  const difference = Math.abs(median([...against('known', 'stranger'), ...against('known', 'other stranger')]))
  return { difference, byChance: Math.max(15, 3 * Math.abs(median(alike)), 4 * errorOf(alike)) }
}

/** What an account makes slower shows every time it is measured; what the machine does beside it does not. */
async function expectSameTime(
  first: Record<Group, Answer[]>,
  again: () => Promise<Record<Group, Answer[]>>,
): Promise<void> {
  const seen = [timesOf(first)]
  const isAlike = ({ difference, byChance }: Times) => difference < byChance
  while (!seen.some(isAlike) && seen.length < MEASURED_AT_MOST) seen.push(timesOf(await again()))
  expect(seen.some(isAlike), JSON.stringify(seen)).toBe(true)
}

describe.each(places)('known and unknown addresses on $name', ({ open, isTimed }) => {
  let world: World
  let control: Control
  let known: readonly string[]
  let asked = 0
  let url: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: 'localhost',
      env: {
        SALLYPORT_IDENTITY_REGISTRATION: 'open',
        // Nothing else than the work of these tests may fill a queue.
        SALLYPORT_IDENTITY_PASSWORDS_WAITING: '1000',
      },
    })
    url = control.url
    known = await importPeople()
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const address = () => `p${randomBytes(6).toString('hex')}@example.com`

  /** People with one password and a passkey each; every other one has not verified the address. */
  async function importPeople(): Promise<string[]> {
    const { store, identity } = control.serving.system
    const made = await identity.deps.passwords.hash(new Secret(`correct horse ${randomBytes(8).toString('hex')}`))
    const passwordHash = made.is === 'hashed' ? made.hash : ''
    const users = Array.from({ length: TRIES + 1 }, (_, i) => ({
      email: address(),
      verified: i % 2 === 0,
      passwordHash,
    }))
    const { key } = await control.keyWith(['*'], { scopes: ['*'] })
    const { status, body } = await control.call(key, 'POST', '/v1/users/import', { users })
    expect(status, JSON.stringify(body).slice(0, 500)).toBe(201)
    await store.write(async (tx) => {
      for (const { id } of body.items as { id: string }[]) await insertPasskey(tx, id)
    })
    return users.map(({ email }) => email)
  }

  type Tx = Parameters<Parameters<Control['serving']['system']['store']['write']>[0]>[0]

  function insertPasskey(tx: Tx, personId: string) {
    const rest = { kind: 'passkey', transports: [], aaguid: '0'.repeat(32), backupEligible: false, backedUp: false }
    const row = {
      id: `pky_${createHash('sha256').update(personId).digest('hex').slice(0, 24)}`,
      person_id: personId,
      credential_id: randomBytes(32).toString('base64url'),
      public_key: randomBytes(77),
      counter: 0,
      name: 'Telephone',
      created_at: 0,
      used_at: null,
      suspended_at: null,
      rest: JSON.stringify({ ...rest, format: 'none', attested: false, discoverable: true }),
    }
    return tx.tables<{ passkey: typeof row }>().insertInto('passkey').values(row).execute()
  }

  async function send(path: string, body: object, localAddress: string): Promise<Answer> {
    const target = new URL(path, url)
    const bytes = JSON.stringify(body)
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bytes),
      origin: target.origin,
      'sec-fetch-site': 'same-origin',
    }
    const began = performance.now()
    const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const sent = request(target, { method: 'POST', headers, agent: false, localAddress, family: 4 }, resolve)
      sent.on('error', reject)
      sent.end(bytes)
    })
    const came = await text(answer)
    const ms = performance.now() - began
    const json = came === '' ? {} : JSON.parse(came)
    return { shape: shapeOf(answer.statusCode ?? 0, answer.rawHeaders, json), ms, json }
  }

  /** One request from a network of its own: no limit answers in the place of what is asked. */
  async function ask(way: Way, email: string): Promise<Answer> {
    asked++
    const localAddress = `127.${1 + (asked >> 14)}.${(asked >> 6) & 255}.${1 + (asked & 63)}`
    if (way.first === undefined) return send(way.path, way.body(email), localAddress)
    const { path, takes } = way.first
    const { json } = await send(path, { email }, localAddress)
    return send(way.path, { ...way.body(email), [takes]: json[takes] }, localAddress)
  }

  /** All groups in turn, in another order each time, so that what slows the machine slows all of them. */
  async function askAll(way: Way, tries: number): Promise<Record<Group, Answer[]>> {
    const answers: Record<Group, Answer[]> = { known: [], stranger: [], 'other stranger': [] }
    const askOnce = async (i: number) => {
      const order = GROUPS.map((_, j) => GROUPS[(i + j) % GROUPS.length] as Group)
      const of = (group: Group) => (group === 'known' ? (known[i] ?? '') : address())
      const all = await Promise.all(order.map(async (group) => [group, await ask(way, of(group))] as const))
      for (const [group, answer] of all) answers[group][i] = answer
    }
    for (let i = 0; i < tries; i += way.atOnce) {
      const until = Math.min(tries, i + way.atOnce)
      await Promise.all(Array.from({ length: until - i }, (_, j) => askOnce(i + j)))
    }
    return answers
  }

  const ways = WAYS.map((way) => ({ ...way, tries: isTimed ? way.tries : FEW }))

  it.each(ways)('are answered alike to $name ($tries times each)', { timeout: 240_000 }, async (way) => {
    // The first requests of a kind load what the others find loaded.
    await askAll(way, Math.min(way.atOnce, 3))
    const answers = await askAll(way, way.tries)

    const shapes = (group: Group) => new Set(answers[group].map(({ shape }) => shape))
    expect(shapes('stranger').size).toBe(1)
    expect([...shapes('stranger')][0]).toMatch(new RegExp(`^\\[${way.status},`))
    expect(shapes('known')).toEqual(shapes('stranger'))
    if (isTimed) await expectSameTime(answers, () => askAll(way, way.tries))
  })

  if (isTimed) {
    it(`cost a wrong password the same work where answers take no fixed time (${FEW * 2} times each)`, async () => {
      const env = { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' }
      const hasty = await openControl(world, { issuerHost: 'localhost', env })
      url = hasty.url
      try {
        const way = { ...(WAYS[0] as Way), tries: FEW * 2 }
        await askAll(way, 2)
        const again = () => askAll(way, way.tries)
        await expectSameTime(await again(), again)
      } finally {
        url = control.url
        await hasty.stop()
      }
    })
  }

  it('are answered with as many passkeys, of the same lengths, and the same ones each time', async () => {
    const way = WAYS.find(({ path }) => path === '/v1/auth/passkey/options') as Way
    type Named = { allowCredentials: { id: string }[] }
    const idsFor = async (email: string) =>
      ((await ask(way, email)).json as unknown as Named).allowCredentials.map(({ id }) => id)
    const all = async (emails: readonly string[]) => Promise.all(emails.map(idsFor))
    const some = known.slice(0, 40)
    const strangers = some.map(address)
    for (const emails of [some, strangers]) expect(await all(emails)).toEqual(await all(emails))
    const [theirs, invented] = [await all(some), await all(strangers)]
    const counts = (lists: readonly string[][]) => [...new Set(lists.map(({ length }) => length))].toSorted()
    const lengths = (lists: readonly string[][]) => [...new Set(lists.flat().map(({ length }) => length))]
    expect(counts(theirs)).toEqual(counts(invented))
    for (const length of lengths(theirs)) expect(lengths(invented)).toContain(length)
  })

  it('are told apart by nothing when limits and locks answer', async () => {
    const from = '127.201.1.1'
    const answersFor = async (email: string) => {
      const answers: Answer[] = []
      for (let i = 0; i < 6; i++) answers.push(await send(login, { email, password: WRONG }, from))
      for (let i = 0; i < 5; i++) answers.push(await send('/v1/auth/password/forgot', { email }, from))
      for (let i = 0; i < 5; i++) answers.push(await send('/v1/auth/magic-link', { email }, from))
      return answers.map(({ shape }) => shape.replace(/"retry-after","\d+"/, '"retry-after"'))
    }
    const [theirs, invented] = [await answersFor(known[TRIES] ?? ''), await answersFor(address())]
    expect(theirs).toEqual(invented)
  })
})
