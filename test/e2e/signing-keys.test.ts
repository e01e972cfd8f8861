import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually, openPlace, type Place } from '../support/sallyport.ts'

const DAY = 86_400_000
const SETTINGS = {
  // Looked at four times a second, so that what is due by the clock of the test is done soon.
  SALLYPORT_OAUTH_SIGNING_KEYS_PUBLISH_BEFORE: '2s',
  SALLYPORT_OAUTH_SIGNING_KEYS_ALGORITHMS: '["ES256","RS256","PS256","EdDSA"]',
}

/** A clock that the test moves, for both processes. */
function movableClock() {
  let ahead = 0
  const move = (ms: number): void => {
    ahead += ms
  }
  return { now: () => Date.now() + ahead, move }
}

describe.each(backends)('signing keys on $name', { timeout: 120_000 }, ({ open }) => {
  let world: World
  let one: Control
  let two: Control
  let admin: string
  const clock = movableClock()

  beforeAll(async () => {
    world = await open()
    one = await openControl(world, { clock, env: SETTINGS })
    two = await openControl(world, { clock, env: SETTINGS })
    admin = (await one.keyWith(['signing-keys:*', 'audit:read'], { expiresAt: clock.now() + 180 * DAY })).key
  })

  afterAll(async () => {
    await one?.stop()
    await two?.stop()
    await world?.close()
  })

  type Item = { id: string; algorithm: string; state: string; removesAt: string | null }
  const list = async (control = one, algorithm = 'ES256'): Promise<Item[]> =>
    (await control.call(admin, 'GET', '/v1/signing-keys')).body.items.filter((it: Item) => it.algorithm === algorithm)
  const statesOf = async (control = one, algorithm = 'ES256') => (await list(control, algorithm)).map((it) => it.state)
  const published = async (control: Control): Promise<string[]> =>
    (await control.call(null, 'GET', '/oauth/jwks')).body.keys.map((key: { kid: string }) => key.kid)
  const until = async (holds: () => Promise<boolean>) => expect(await eventually(holds, 30_000)).toBe(true)
  const rotate = (body: object, control = one) => control.call(admin, 'POST', '/v1/signing-keys/rotate', body)
  const activeId = async (control = one, algorithm = 'ES256') =>
    (await list(control, algorithm)).find((it) => it.state === 'active')?.id ?? ''
  const eventsOf = async (id: string): Promise<string[]> =>
    (await one.call(admin, 'GET', `/v1/audit/events?resource=${id}`)).body.items.map((it: { type: string }) => it.type)
  const buy = async (control: Control, key: string): Promise<string> => {
    const bought = await control.call(key, 'POST', '/v1/keys/exchange', {})
    if (bought.status !== 200) throw new Error(JSON.stringify(bought.body))
    return bought.body.accessToken
  }

  it('has one key of each algorithm after the start, the same in both processes, and publishes no private half', async () => {
    const { keys } = (await one.call(null, 'GET', '/oauth/jwks')).body
    expect(keys.map((it: { alg: string }) => it.alg)).toEqual(['ES256', 'RS256', 'PS256', 'EdDSA'])
    expect(keys.map((it: { kty: string }) => it.kty)).toEqual(['EC', 'RSA', 'RSA', 'OKP'])
    for (const key of keys) for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(name)
    expect(await published(two)).toEqual(await published(one))
  })

  it('lets the public keys be cached for less than a key is published before it signs', async () => {
    const answer = await one.call(null, 'GET', '/oauth/jwks')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1')
  })

  it('gives a library whole keys that sign for what is published, wrapped so that they are never printed', async () => {
    const { signingKeys } = one.serving.system
    const secret = signingKeys.privateJwks()
    expect(`${JSON.stringify({ secret })} ${String(secret)}`).not.toContain('kty')
    const { SignJWT, importJWK } = await import('jose')
    const jwks = createLocalJWKSet({ keys: [...signingKeys.jwks().keys] })
    for (const jwk of secret.reveal()) {
      const token = await new SignJWT({}).setProtectedHeader({ alg: jwk.alg, kid: jwk.kid }).sign(await importJWK(jwk))
      const { protectedHeader } = await jwtVerify(token, jwks)
      expect(protectedHeader).toEqual({ alg: jwk.alg, kid: jwk.kid })
    }
  })

  it('is not for everybody to see or to rotate', async () => {
    const { key } = await one.keyWith(['signing-keys:read'])
    expect((await one.call(null, 'GET', '/v1/signing-keys')).status).toBe(401)
    expect((await one.call(key, 'GET', '/v1/signing-keys')).status).toBe(200)
    expect((await one.call(key, 'POST', '/v1/signing-keys/rotate', {})).status).toBe(403)
  })

  it.each([
    [{ algorithm: 'HS256' }, 400, 'INPUT_INVALID'],
    [{ algorithm: 'none' }, 400, 'INPUT_INVALID'],
    [{ leaked: '' }, 400, 'INPUT_INVALID'],
    [{ leaked: 'sgk_000000000000000000000000', algorithm: 'ES256' }, 400, 'INPUT_INVALID'],
    [{ leaked: 'sgk_000000000000000000000000' }, 404, 'SIGNING_KEY_NOT_FOUND'],
    [{ leaked: "' or 1=1 --" }, 404, 'SIGNING_KEY_NOT_FOUND'],
    [{ now: true }, 400, 'INPUT_INVALID'],
  ])('refuses to rotate %j', async (body, status, code) => {
    const refusal = await rotate(body)
    expect([refusal.status, refusal.body.code]).toEqual([status, code])
  })

  it('makes one next key however many ask at once, in both processes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => rotate({ algorithm: 'PS256' }, i % 2 === 0 ? one : two)),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect((await statesOf(one, 'PS256')).filter((state) => state !== 'retired')).toHaveLength(2)
  })

  it('loses no token while keys rotate and both processes sign, for verifiers that cache what they fetched', async () => {
    const buyer = (await one.keyWith([])).key
    const failures: unknown[] = []
    const kids = new Set<string>()
    const kept: string[] = []
    let going = true

    async function signAndVerify(signer: Control, other: Control): Promise<void> {
      const jwks = createRemoteJWKSet(new URL('/oauth/jwks', other.url), { cacheMaxAge: 1000, cooldownDuration: 0 })
      while (going) {
        const token = await buy(signer, buyer)
        kids.add(String(decodeProtectedHeader(token).kid))
        await jwtVerify(token, jwks).catch((error: unknown) => failures.push(error))
        kept.push(token)
      }
    }

    const loads = [signAndVerify(one, two), signAndVerify(two, one)]
    try {
      for (let round = 0; round < 3; round++) {
        const before = await activeId()
        expect((await rotate({}, round % 2 === 0 ? one : two)).status).toBe(200)
        await until(async () => (await activeId(one)) !== before && (await activeId(two)) !== before)
      }
    } finally {
      going = false
      await Promise.all(loads)
    }
    const jwks = createRemoteJWKSet(new URL('/oauth/jwks', one.url))
    const verified: JWTPayload[] = []
    for (const token of kept) verified.push((await jwtVerify(token, jwks)).payload)
    expect(failures).toEqual([])
    expect(kids.size).toBeGreaterThanOrEqual(3)
    expect(verified.length).toBeGreaterThan(20)
  })

  it('goes by the schedule: published, signing, retired, gone; each told once', async () => {
    const first = await activeId(one, 'EdDSA')
    clock.move(90 * DAY)
    await until(async () => (await activeId(one, 'EdDSA')) !== first && (await activeId(two, 'EdDSA')) !== first)
    const second = await activeId(one, 'EdDSA')
    expect(await statesOf(one, 'EdDSA')).toEqual(['active', 'retired'])
    expect(await published(two)).toContain(first)
    clock.move(DAY)
    await until(async () => !(await published(one)).includes(first) && !(await published(two)).includes(first))
    expect(await activeId(one, 'EdDSA')).toBe(second)
    expect(await eventsOf(first)).toEqual(['signing_key.removed', 'signing_key.retired', 'signing_key.created'])
    expect(await eventsOf(second)).toEqual(['signing_key.activated', 'signing_key.published'])
  })

  it('ends a leaked key at once, in both processes, and nothing else', async () => {
    const { key } = await one.keyWith([])
    const dead = await buy(one, key)
    const leaked = await activeId()
    const others = (await published(one)).filter((kid) => kid !== leaked)
    const ended = await rotate({ leaked })
    expect(ended.status).toBe(200)
    expect(await published(one)).toEqual(expect.arrayContaining(others))
    await until(async () => ![...(await published(one)), ...(await published(two))].includes(leaked))
    const jwks = createRemoteJWKSet(new URL('/oauth/jwks', two.url))
    await expect(jwtVerify(dead, jwks)).rejects.toThrow('no applicable key')
    const after = await jwtVerify(await buy(two, key), jwks, { currentDate: new Date(clock.now()) })
    expect(after.protectedHeader.kid).toBe(await activeId())
    expect(after.protectedHeader.kid).not.toBe(leaked)
    expect((await rotate({ leaked })).body.code).toBe('SIGNING_KEY_NOT_FOUND')
    const [event] = (await one.call(admin, 'GET', `/v1/audit/events?resource=${leaked}`)).body.items
    expect(event).toMatchObject({ type: 'signing_key.removed', details: { leaked: true, algorithm: 'ES256' } })
  })

  it('keeps a published or retired key of an algorithm apart: one that leaked takes no other along', async () => {
    await until(async () => (await statesOf(one, 'RS256')).join() === 'active')
    const { items } = (await rotate({ algorithm: 'RS256' })).body
    const next = items.find((it: Item) => it.algorithm === 'RS256' && it.state === 'published').id
    const active = items.find((it: Item) => it.algorithm === 'RS256' && it.state === 'active').id
    await rotate({ leaked: next })
    expect(await activeId(one, 'RS256')).toBe(active)
    expect(await published(one)).not.toContain(next)
  })

  it('keeps what an algorithm left behind that is no longer used, until it is rotated away', async () => {
    const three = await openControl(world, {
      clock,
      env: { ...SETTINGS, SALLYPORT_OAUTH_SIGNING_KEYS_ALGORITHMS: '["EdDSA"]' },
    })
    try {
      const { signingKeys } = three.serving.system
      expect(signingKeys.current().algorithm).toBe('EdDSA')
      expect(() => signingKeys.current('ES256')).toThrow('nothing signs with ES256')
      expect(
        signingKeys
          .privateJwks()
          .reveal()
          .every(({ alg }) => alg === 'EdDSA'),
      ).toBe(true)
      expect(await published(three)).toContain(await activeId())
    } finally {
      await three.stop()
    }
  })

  it('signs on with the same keys after everything was sealed again', async () => {
    const before = await activeId()
    const { secrets } = one.serving.system
    await secrets.rotate({ what: 'data' })
    clock.move(60_000)
    expect(await secrets.reseal()).toContain('oauth.signing')
    const three = await openControl(world, { clock, env: SETTINGS })
    try {
      const { key } = await three.keyWith([])
      const token = await buy(three, key)
      expect(decodeProtectedHeader(token).kid).toBe(before)
      const jwks = createRemoteJWKSet(new URL('/oauth/jwks', two.url))
      const { protectedHeader } = await jwtVerify(token, jwks, { currentDate: new Date(clock.now()) })
      expect(protectedHeader.kid).toBe(before)
    } finally {
      await three.stop()
    }
  })
})

const [small] = backends

describe.skipIf(small === undefined)('signing keys on the command line', { timeout: 120_000 }, () => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await (small as NonNullable<typeof small>).open()
    place = await openPlace(world)
  })

  afterAll(() => world?.close())

  it('are listed and rotated; a rotation in order ends nothing', async () => {
    const before = await place.command(['signing-keys', 'list'])
    expect(before.stdout).toMatch(/sgk_\w+ +ES256 +active/)
    const rotated = await place.command(['signing-keys', 'rotate'])
    expect(rotated.stdout).toMatch(/ES256 +published/)
    expect(rotated.stdout).toMatch(/ES256 +active/)
    const unused = await place.command(['signing-keys', 'rotate', '--algorithm', 'PS256'])
    expect([unused.code, unused.stderr]).toEqual([1, expect.stringContaining('SIGNING_ALGORITHM_UNUSED')])
  })

  it('are ended at once only by who says that they mean it', async () => {
    const active = /(sgk_\w+) +ES256 +active/.exec((await place.command(['signing-keys', 'list'])).stdout)?.[1] ?? ''
    for (const args of [['--now'], ['--leaked', active]]) {
      const refused = await place.command(['signing-keys', 'rotate', ...args])
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')])
    }
    const both = await place.command(['signing-keys', 'rotate', '--now', '--leaked', active, '--yes'])
    expect(both.code).toBe(2)
    const ended = await place.command(['signing-keys', 'rotate', '--now', '--yes'])
    expect(ended.code).toBe(0)
    expect(ended.stdout).not.toContain(active)
    expect(ended.stdout).toMatch(/ES256 +active/)
    const next = /(sgk_\w+) +ES256 +active/.exec(ended.stdout)?.[1] ?? ''
    const again = await place.command(['signing-keys', 'rotate', '--leaked', next, '--yes'])
    expect(again.stdout).not.toContain(next)
    const gone = await place.command(['signing-keys', 'rotate', '--leaked', next, '--yes'])
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('SIGNING_KEY_NOT_FOUND')])
  })
})
