import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace } from '../support/sallyport.ts'

const identifier = 'f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

/** The list of public keys as GitHub publishes it. */
async function publishedList(keys: Record<string, string>) {
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    const list = Object.entries(keys).map(([key_identifier, key]) => ({ key_identifier, key, is_current: true }))
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ public_keys: list }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/keys`,
    asked: () => asked,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

describe.each(backends)('a leaked key on $name', ({ open }) => {
  const { privateKey, publicKey } = pair()
  let world: World
  let control: Control
  let admin: string
  let list: Awaited<ReturnType<typeof publishedList>>

  beforeAll(async () => {
    world = await open()
    list = await publishedList({ [identifier]: pem(publicKey) })
    control = await openControl(world, { env: { SALLYPORT_KEYS_LEAKS_GITHUB_KEYS_URL: list.url } })
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await list?.close()
    await world?.close()
  })

  const report = (as: string | null, body: unknown) => control.call(as, 'POST', '/v1/keys/leaked', body)
  const statusOf = async (id: string) => (await control.call(admin, 'GET', `/v1/keys/${id}`)).body.status
  const eventsOf = async (id: string, type: string) =>
    (await control.call(admin, 'GET', `/v1/audit/events?type=${type}&resource=${id}`)).body.items
  const github = (body: unknown, more: { by?: KeyObject; headers?: Record<string, string>; sent?: string } = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const signature = sign('sha256', Buffer.from(text), more.by ?? privateKey).toString('base64')
    const signed = { 'github-public-key-identifier': identifier, 'github-public-key-signature': signature }
    return control.call(null, 'POST', '/v1/keys/leaked/github', more.sent ?? text, { ...signed, ...more.headers })
  }

  describe('reported', () => {
    it('is revoked at once, with an Event that says where; reported again it is revoked already', async () => {
      const { key, id } = await control.keyWith([])
      const where = `found ${key} in a paste`
      const first = await report(admin, { key, where, url: 'https://paste.example.com/1' })
      expect(first).toMatchObject({ status: 200, body: { outcome: 'revoked', keyId: id } })
      expect(await statusOf(id)).toBe('revoked')
      expect((await control.call(key, 'GET', '/v1/keys')).body.code).toBe('KEY_REVOKED')
      expect((await report(admin, { key })).body).toEqual({ outcome: 'already_revoked', keyId: id })
      const events = await eventsOf(id, 'key.leaked')
      expect(events).toMatchObject([
        { details: { where: 'found … in a paste', url: 'https://paste.example.com/1', source: 'report' } },
      ])
      expect(await eventsOf(id, 'key.revoked')).toMatchObject([{ details: { reason: 'leaked' } }])
      expect(JSON.stringify(events)).not.toContain(key.slice(-20))
    })

    it('tells nobody but holders of keys:report whether it was a key', async () => {
      const known = await control.keyWith([])
      const other = await control.keyWith(['orders:read'])
      const unknown = `${known.key.slice(0, -1)}${known.key.endsWith('0') ? '1' : '0'}`
      const answers = [
        await report(null, { key: unknown }),
        await report(null, { key: 'nonsense' }),
        await report(null, { key: known.key }),
        await report(null, { key: known.key }),
        await report(other.key, { key: known.key }),
      ]
      for (const { status, body } of answers)
        expect({ status, body }).toEqual({ status: 202, body: { received: true } })
      expect(await statusOf(known.id)).toBe('revoked')
      const finder = await control.keyWith(['keys:report'])
      expect((await report(finder.key, { key: unknown })).body).toEqual({ outcome: 'unknown', keyId: null })
      expect((await report(finder.key, { key: known.key })).body).toEqual({
        outcome: 'already_revoked',
        keyId: known.id,
      })
    })

    it('may be suspended, of a disabled service, or bound to other addresses: it is revoked all the same', async () => {
      for (const more of [{ allowedIps: ['192.0.2.1'] }, { requireMfa: true }, { resources: ['GET /x'] }]) {
        const { key, id } = await control.keyWith([], more)
        expect((await report(admin, { key })).body).toEqual({ outcome: 'revoked', keyId: id })
      }
      const { key, id } = await control.keyWith([])
      await control.call(admin, 'POST', `/v1/keys/${id}/suspend`)
      expect((await report(admin, { key })).body.outcome).toBe('revoked')
    })

    it('by twenty finders at once is revoked once', async () => {
      const { key, id } = await control.keyWith([])
      const answers = await Promise.all(Array.from({ length: 20 }, () => report(admin, { key })))
      expect(answers.filter(({ body }) => body.outcome === 'revoked')).toHaveLength(1)
      expect(answers.filter(({ body }) => body.outcome === 'already_revoked')).toHaveLength(19)
      expect(await eventsOf(id, 'key.leaked')).toHaveLength(1)
    })

    it('is told to the contacts of its service by mail, without the key', async () => {
      const name = `leaky-${Date.now()}`
      const service = await control.call(admin, 'POST', '/v1/services', { name, contacts: ['owner@example.com'] })
      expect(service.status).toBe(201)
      const { key, id } = await control.keyWith([], { owner: { kind: 'service', id: service.body.id } })
      await report(null, { key, where: 'a public repository' })
      const { items } = (await control.call(admin, 'GET', '/v1/notices/outbox')).body
      const mail = items.find((it: { text: string }) => it.text.includes(id))
      expect(mail).toMatchObject({ to: 'owner@example.com' })
      expect(mail.text).toContain('a public repository')
      expect(JSON.stringify(mail)).not.toContain(key.slice(-20))
    })

    it.each([
      [{}],
      [{ key: '' }],
      [{ key: 7 }],
      [{ key: 'x'.repeat(513) }],
      [{ key: 'x', where: 'x'.repeat(501) }],
      [{ key: 'x', where: 'a\u0000b' }],
      [{ key: 'x', url: 'x'.repeat(2049) }],
      [{ key: 'x', surprise: 1 }],
      ['{'],
    ])('with %j is refused', async (body) => {
      expect((await report(null, body)).status).toBe(400)
    })
  })

  describe('reported by GitHub', () => {
    it('is revoked when the signature is right, and each match is answered by the hash of its text', async () => {
      const { key, id } = await control.keyWith([])
      const url = 'https://github.com/octocat/hello/blob/1234567/app.env'
      const type = 'sallyport_api_key'
      const other = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`
      const { status, body } = await github([
        { token: key, type, url, source: 'content' },
        { token: other, type, url: '', source: 'commit' },
        { token: key, type },
      ])
      expect(status).toBe(200)
      expect(body).toEqual([
        { token_hash: sha256(key), token_type: type, label: 'true_positive' },
        { token_hash: sha256(other), token_type: type, label: 'false_positive' },
        { token_hash: sha256(key), token_type: type, label: 'true_positive' },
      ])
      expect(await statusOf(id)).toBe('revoked')
      expect(await eventsOf(id, 'key.leaked')).toMatchObject([{ details: { url, source: 'github:content' } }])
    })

    it('is not believed without the right signature over the very bytes', async () => {
      const { key, id } = await control.keyWith([])
      const body = [{ token: key, type: 't', url: '', source: 'content' }]
      const answers = [
        await github(body, { by: pair().privateKey }),
        await github(body, { sent: JSON.stringify(body).replace('"t"', '"u"') }),
        await github(body, { sent: ` ${JSON.stringify(body)}` }),
        await github(body, { headers: { 'github-public-key-identifier': 'unknown' } }),
        await github(body, { headers: { 'github-public-key-signature': 'bm9uc2Vuc2U=' } }),
        await github(body, { headers: { 'github-public-key-signature': '' } }),
        await control.call(null, 'POST', '/v1/keys/leaked/github', body),
      ]
      for (const answer of answers) expect(answer.body).toMatchObject({ status: 401, code: 'SIGNATURE_INVALID' })
      expect(await statusOf(id)).toBe('active')
    })

    it('asks for the published list once, and for unknown names not more than once a minute', async () => {
      const before = list.asked()
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          github([{ token: 'x', type: 't' }], { headers: { 'github-public-key-identifier': `unknown${i}` } }),
        ),
      )
      expect(list.asked() - before).toBeLessThanOrEqual(1)
    })

    it.each([
      ['[]', 'INPUT_INVALID'],
      ['{}', 'INPUT_INVALID'],
      ['nonsense', 'JSON_MALFORMED'],
      ['[{"token":1,"type":"t"}]', 'INPUT_INVALID'],
      ['[{"token":"x"}]', 'INPUT_INVALID'],
      [JSON.stringify(Array.from({ length: 1001 }, () => ({ token: 'x', type: 't' }))), 'INPUT_INVALID'],
    ])('refuses a signed %.20s', async (body, code) => {
      expect((await github(body)).body).toMatchObject({ status: 400, code })
    })

    it('refuses a body over a megabyte before looking at it', async () => {
      expect((await github(`["${'x'.repeat(1_100_000)}"]`)).status).toBe(413)
    })
  })

  it('is in the description of the API, with examples', async () => {
    const { paths } = (await control.call(null, 'GET', '/openapi.json')).body
    expect(JSON.stringify(paths['/v1/keys/leaked'].post.requestBody)).toContain('a public repository')
    expect(JSON.stringify(paths['/v1/keys/leaked/github'].post.requestBody)).toContain('token')
  })
})

const [sqlite] = backends

describe('without configuration', () => {
  let world: World

  beforeAll(async () => {
    world = await (sqlite as NonNullable<typeof sqlite>).open()
  })
  afterAll(() => world?.close())

  it('reports of GitHub are switched off', async () => {
    const control = await openControl(world)
    try {
      const answer = await control.call(null, 'POST', '/v1/keys/leaked/github', [{ token: 'x', type: 't' }])
      expect(answer.body).toMatchObject({ status: 404, code: 'GITHUB_REPORTS_OFF' })
    } finally {
      await control.stop()
    }
  })

  it.each([
    ['keys: { leaks: { github: { keysUrl: "http://example.com/keys" } } }', 'https://'],
    ['keys: { leaks: { github: { keysUrl: nonsense } } }', 'https://'],
    ['keys: { leaks: { github: { publicKeys: { a: nonsense } } } }', 'not an ECDSA'],
  ])('%s does not start', async (yaml, words) => {
    const place = await openPlace(world, yaml)
    const answer = await place.command(['config', 'check'])
    expect(answer.code).toBe(2)
    expect(answer.stdout).toContain(words)
  })

  it('keys leaked revokes a key, says so, and ends with 1 for a text that is none', async () => {
    const place = await openPlace(world)
    const { key, id } = await place.json(['keys', 'create', '--name', 'x'])
    const answer = await place.command(['keys', 'leaked', '-', '--where', 'a ticket'], String(key))
    expect(answer).toMatchObject({ code: 0 })
    expect(answer.stdout).toContain(`${id} was revoked at once`)
    expect(await place.json(['keys', 'leaked', String(key)])).toMatchObject({ outcome: 'already_revoked' })
    expect(await place.json(['keys', 'show', String(id)])).toMatchObject({ status: 'revoked' })
    expect((await place.command(['keys', 'leaked', 'nonsense'])).code).toBe(1)
  }, 60_000)
})
