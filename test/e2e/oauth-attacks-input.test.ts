import { CompactSign } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CIBA, DEVICE_CODE } from '../../src/oauth/index.ts'
import { type Backend, backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { authorize, CALLBACK, discover, makeClient, type Registered, redeem, signIn } from '../support/relying-party.ts'
import { type ClientKeyPair, makeClientKeys, signAs } from '../support/relying-party-keys.ts'
import { basicOf, type Heard, sendBytes, sendRaw, usualRequest } from '../support/stranger.ts'

const FORM = 'application/x-www-form-urlencoded'
const EVIL = 'evil.example'
const DEEP = `${'{"id_token":'.repeat(3000)}1${'}'.repeat(3000)}`
const [{ open }] = backends as [Backend]

/** Texts that somebody may send for anything. */
const STRANGE: readonly string[] = [
  '',
  '\0',
  'a\0b',
  '\u202e',
  '%',
  '%00',
  '<script>alert(1)</script>',
  'null',
  '[]',
  '{}',
  '-1',
  '9'.repeat(400),
  '__proto__',
  '../../etc/passwd',
  "' or 1=1--",
  '\r\nx: y',
  'a.b.c',
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`,
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"aud":{},"sub":{},"iss":[]}').toString('base64url')}.`,
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"aud":["\\u0000"],"sub":["a"]}').toString('base64url')}.`,
  `${Buffer.from('null').toString('base64url')}.${Buffer.from('null').toString('base64url')}.`,
  DEEP.slice(0, 7000),
  '['.repeat(6000),
  '{"id_token":null}',
  '{"id_token":{"acr":{"essential":true,"values":[null]}}}',
  '{"id_token":{"sub":{"value":{}}}}',
  '{"userinfo":{"__proto__":null}}',
  '[{"type":null}]',
  '[null]',
]

describe('an attacker who sends what nobody expects to the authorization server', { timeout: 240_000 }, () => {
  let world: World
  let control: Control
  let client: Registered
  let keys: ClientKeyPair
  let signing: Registered
  let cookie: string
  let hits: Receiver

  beforeAll(async () => {
    world = await open()
    hits = await startReceiver()
    const env = {
      SALLYPORT_OAUTH_CLIENT_ID_METADATA_DOCUMENTS: 'true',
      SALLYPORT_OAUTH_REGISTRATION: 'open',
      SALLYPORT_OAUTH_AUTHORIZATION_DETAILS: JSON.stringify([{ type: 'payment', actions: ['initiate'] }]),
      SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
      SALLYPORT_GUARD_OUTBOUND_ALLOW_INSECURE_HTTP: 'true',
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
    const grants = ['authorization_code', 'refresh_token', DEVICE_CODE, CIBA, 'client_credentials'] as const
    client = await makeClient(control, { grants, scopes: ['openid'] })
    keys = await makeClientKeys()
    signing = await makeClient(control, { authentication: 'private_key_jwt', jwks: keys.jwks as never })
    const { visitor } = await signIn(control)
    cookie = visitor
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  })
  afterAll(async () => {
    await control?.stop()
    await hits?.close()
    await world?.close()
  })

  const post = (
    path: string,
    form: Record<string, string> | string,
    headers: Record<string, string> = basicOf(client),
  ) => {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    return sendRaw(control.url, 'POST', path, {
      headers: { 'content-type': FORM, accept: 'application/json', ...headers },
      body,
    })
  }
  const get = (path: string, headers: Record<string, string> = {}) =>
    sendRaw(control.url, 'GET', path, { headers: { accept: 'application/json', cookie, ...headers } })

  /** An answer is a page, a redirect, or tells an error as the standards say; the machine never broke. */
  const sound = ({ status, headers, body }: Heard): boolean => {
    if (status >= 500) return false
    if (status < 400 || status === 431 || status === 413) return true
    return (
      /html/.test(headers['content-type'] ?? '') ||
      typeof (JSON.parse(body).error ?? JSON.parse(body).code) === 'string'
    )
  }

  const ASKED = [
    'client_id',
    'redirect_uri',
    'response_type',
    'response_mode',
    'scope',
    'state',
    'claims',
    'acr_values',
  ]
  const MORE_ASKED = ['max_age', 'prompt', 'ui_locales', 'id_token_hint', 'login_hint', 'request', 'request_uri']
  const LAST_ASKED = ['resource', 'authorization_details', 'dpop_jkt', 'code_challenge', 'nonce', '__proto__']
  const PROVED = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type']
  const TRADED = ['grant_type', 'code', 'code_verifier', 'redirect_uri', 'refresh_token', 'device_code', 'auth_req_id']
  const AFAR = ['login_hint', 'login_hint_token', 'id_token_hint', 'binding_message', 'requested_expiry', 'request']
  const places: readonly [string, string, readonly string[]][] = [
    ['GET', '/oauth/authorize', [...ASKED, ...MORE_ASKED, ...LAST_ASKED]],
    ['POST', '/oauth/authorize', ['state', 'claims', 'request']],
    ['POST', '/oauth/par', [...ASKED, ...MORE_ASKED, ...LAST_ASKED]],
    ['POST', '/oauth/token', [...PROVED, ...TRADED, 'scope', 'resource', 'subject_token', 'authorization_details']],
    ['POST', '/oauth/introspect', ['token', 'token_type_hint', ...PROVED]],
    ['POST', '/oauth/revoke', ['token', 'token_type_hint']],
    ['POST', '/oauth/device/authorize', ['scope', 'claims', 'resource', 'acr_values', 'id_token_hint', 'request']],
    [
      'POST',
      '/oauth/backchannel',
      [...AFAR, 'scope', 'claims', 'resource', 'acr_values', 'user_code', 'request_context'],
    ],
    ['POST', '/oauth/userinfo', ['access_token']],
    ['GET', '/oauth/device', ['user_code']],
    ['POST', '/oauth/device', ['user_code', 'xsrf', 'confirm', 'abort']],
    ['GET', '/oauth/logout', ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales']],
    ['POST', '/oauth/logout', ['id_token_hint']],
    ['POST', '/oauth/logout/confirm', ['xsrf', 'logout']],
    ['GET', '/oauth/logout/success', ['client_id']],
    ['GET', '/oauth/sign-in', ['return_to', 'ui_locales']],
  ]
  const usualAt = (path: string): Record<string, string> => {
    if (path === '/oauth/token') return { grant_type: 'client_credentials' }
    if (path === '/oauth/backchannel') return { scope: 'openid' }
    return path === '/oauth/device/authorize' ? { scope: 'openid' } : { ...usualRequest(client.id) }
  }
  const beside: Readonly<Record<string, Record<string, string>>> = {
    code: { grant_type: 'authorization_code', redirect_uri: CALLBACK },
    code_verifier: { grant_type: 'authorization_code', code: 'x', redirect_uri: CALLBACK },
    refresh_token: { grant_type: 'refresh_token' },
    device_code: { grant_type: DEVICE_CODE },
    auth_req_id: { grant_type: CIBA },
    client_assertion: { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
    binding_message: { login_hint: 'ada@example.com' },
    requested_expiry: { login_hint: 'ada@example.com' },
  }

  it.each(places)('by %s at %s breaks nothing with any parameter', async (method, path, names) => {
    const isBrowsers = ['authorize', 'device', 'logout', 'confirm', 'userinfo'].includes(path.split('/').at(-1) ?? '')
    const own = { cookie, origin: control.url }
    const faults: string[] = []
    for (const name of names) {
      const proof = isBrowsers || name in usualProof ? own : basicOf(client)
      for (const value of STRANGE) {
        const form = { ...usualAt(path), ...beside[name], [name]: value }
        const query = new URLSearchParams(form).toString()
        const heard = await (method === 'GET' ? get(`${path}?${query}`) : post(path, query, proof))
        if (!sound(heard)) faults.push(`${name}=${value.slice(0, 40)}: ${heard.status} ${heard.body.slice(0, 80)}`)
      }
    }
    expect(faults).toEqual([])
  })
  const usualProof: Readonly<Record<string, true>> = { client_secret: true, client_assertion: true }

  describe.each(places.filter(([method]) => method === 'POST').map(([, path]) => path))('at %s', (path) => {
    const raw = (body: string | Buffer, headers: Record<string, string> = {}) =>
      sendRaw(control.url, 'POST', path, {
        headers: {
          'content-type': FORM,
          accept: 'application/json',
          origin: control.url,
          cookie,
          ...basicOf(client),
          ...headers,
        },
        body,
      })

    it.each([
      ['the same parameter many times', 'token=a&'.repeat(500)],
      ['a thousand parameters', Array.from({ length: 5000 }, (_, i) => `p${i}=1`).join('&')],
      ['names that others reserve', '__proto__=1&constructor=1&toString=1&hasOwnProperty=1&then=1'],
      ['bytes that are no UTF-8', Buffer.from([0x61, 0x3d, 0xff, 0xfe, 0x26, 0xc0, 0x80, 0x3d, 0xed, 0xa0, 0x80])],
      ['bytes that are no UTF-8, encoded', 'token=%ff%fe&scope=%c0%80&code=%ed%a0%80&client_id=%ff'],
      ['ends of strings', Buffer.from('token=\0&scope=\0\0&client_id=a\0b&user_code=\0&login_hint=\0')],
      ['nothing but signs', '&=&=&&==%%%&;;'],
      ['nothing', ''],
    ])('is not broken by %s', async (_what, body) => {
      const heard = await raw(body)
      expect(heard.status, heard.body).toBeLessThan(500)
      expect(sound(heard), heard.body).toBe(true)
    })

    it('reads no body of another kind, and none without end', async () => {
      for (const type of [
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/xml',
        'x',
        '\u00ff',
      ]) {
        const heard = await raw('{"grant_type":"client_credentials"}', { 'content-type': type })
        expect([type, heard.status >= 400 && heard.status < 500, sound(heard)]).toEqual([type, true, true])
      }
      for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
        const heard = await raw(`token=${'x'.repeat(1_000_000)}`, headers)
        expect([heard.status >= 400 && heard.status < 500, sound(heard)]).toEqual([true, true])
      }
    })

    it('takes no credential of a client or a person out of its address', async () => {
      const { id, secret } = client
      const said: Record<string, string> = {
        client_id: id,
        client_secret: secret ?? '',
        grant_type: 'client_credentials',
      }
      const heard = await sendRaw(control.url, 'POST', `${path}?${new URLSearchParams(said)}&access_token=x`, {
        headers: { 'content-type': FORM, accept: 'application/json', origin: control.url },
        body: '',
      })
      expect(heard.body).not.toMatch(/"access_token"|"active":true/)
      expect(sound(heard)).toBe(true)
    })
  })

  it.each([
    ['too deep', `"claims":${DEEP}`],
    ['too deep elsewhere', `"claims":{"id_token":{"acr":{"values":${'['.repeat(9000)}${']'.repeat(9000)}}}}`],
    ['made of what cannot be written', '"scope":{"toString":1,"valueOf":1}'],
    ['made of lists of what cannot be written', '"resource":[{"toString":1,"valueOf":1}]'],
    ['made of what is no text', '"redirect_uri":{},"state":[],"client_id":null,"claims":[]'],
    ['made of names that others reserve', '"__proto__":{"client_id":"x"},"constructor":{"prototype":{}}'],
  ])('finds requests refused that are signed and %s, and those that only look signed', async (_what, more) => {
    const expiry = Math.floor(Date.now() / 1000) + 60
    const said = {
      ...usualRequest(signing.id),
      iss: signing.id,
      aud: control.url,
      exp: expiry,
      jti: `${Math.random()}`,
    }
    const text = Buffer.from(`${JSON.stringify(said).slice(0, -1)},${more}}`)
    const header = { alg: keys.alg, kid: keys.kid, typ: 'oauth-authz-req+jwt' }
    const request = await new CompactSign(text).setProtectedHeader(header).sign(keys.privateKey)
    const proof = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
    const about = { iss: signing.id, sub: signing.id, aud: control.url, exp: expiry, jti: `${Math.random()}` }
    const client_assertion = await signAs(keys, about)
    const heard = await post('/oauth/par', { client_id: signing.id, request, ...proof, client_assertion }, {})
    expect([heard.status < 500, sound(heard)], heard.body).toEqual([true, true])
    const unsigned = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from(`{${more}}`).toString('base64url')}.AAAA`
    const seen = await get(`/oauth/authorize?client_id=${client.id}&request=${unsigned}`)
    expect([seen.status < 500, sound(seen)], seen.body).toEqual([true, true])
    for (const path of ['par', 'device/authorize', 'backchannel']) {
      const unproved = await post(`/oauth/${path}`, { scope: 'openid', login_hint: 'x', request: unsigned })
      expect([path, unproved.status, sound(unproved)]).toEqual([path, 400, true])
    }
  })

  it('has what was refused on record, endpoint by endpoint', async () => {
    const bad = { authorization: `Basic ${Buffer.from(`${client.id}:wrong`).toString('base64')}` }
    const own = { cookie, origin: control.url }
    const asked: [string, () => Promise<Heard>][] = [
      [
        'authorization',
        () => get(`/oauth/authorize?${new URLSearchParams(usualRequest(client.id, { redirect_uri: 'x:y' }))}`),
      ],
      ['grant', () => post('/oauth/token', { grant_type: 'client_credentials' }, bad)],
      ['introspection', () => post('/oauth/introspect', { token: 'x' }, bad)],
      ['revocation', () => post('/oauth/revoke', { token: 'x' }, bad)],
      ['userinfo', () => get('/oauth/userinfo', { authorization: 'Bearer x' })],
      ['pushed_authorization_request', () => post('/oauth/par', { scope: 'openid' }, bad)],
      ['device_authorization', () => post('/oauth/device/authorize', { scope: 'openid' }, bad)],
      ['backchannel_authentication', () => post('/oauth/backchannel', { scope: 'openid' }, bad)],
      ['code_verification', () => post('/oauth/device', { xsrf: 'x', user_code: 'y' }, own)],
      ['end_session', () => get('/oauth/logout?id_token_hint=x')],
      ['end_session_confirm', () => post('/oauth/logout/confirm', { xsrf: 'x' }, own)],
      ['code_verification', () => post('/oauth/device', { xsrf: 'x' }, { cookie, origin: 'https://evil.example' })],
      [
        'end_session_confirm',
        () => post('/oauth/logout/confirm', { xsrf: 'x' }, { cookie, origin: 'https://evil.example' }),
      ],
      [
        'interaction',
        () => post('/oauth/interaction/aaaaaaaaaaaaaaaaaaaaa/consent', {}, { origin: 'https://evil.example' }),
      ],
      ['authorization', () => post('/oauth/authorize', `state=${'x'.repeat(60_000)}`, own)],
    ]
    const { audit } = control.serving.system
    const refusals = async () => {
      await audit.flush()
      const found = await audit.search({ type: 'oauth.refused', limit: 20 })
      return found.ok ? found.value.items : []
    }
    for (const [endpoint, ask] of asked) {
      const [last] = await refusals()
      const { status } = await ask()
      expect([endpoint, status >= 400 && status < 500]).toEqual([endpoint, true])
      await expect.poll(refusals).toSatisfy(([first]) => first.id !== last?.id && first.details.endpoint === endpoint)
    }
  })

  describe('who writes a host of theirs into a request', () => {
    const forged: readonly Record<string, string>[] = [
      { host: EVIL },
      { 'x-forwarded-host': EVIL },
      { 'x-forwarded-host': EVIL, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' },
      { forwarded: `host=${EVIL};proto=https` },
      { 'x-original-host': EVIL, 'x-host': EVIL, 'x-forwarded-server': EVIL },
      { 'x-original-url': `https://${EVIL}/`, 'x-rewrite-url': `https://${EVIL}/`, 'x-forwarded-prefix': `//${EVIL}` },
    ]

    it.each(forged)('%o stands in no document, redirect, cookie or page', async (headers) => {
      const html = { accept: 'text/html' }
      const heard = await Promise.all([
        get('/.well-known/openid-configuration', headers),
        get('/.well-known/oauth-authorization-server', headers),
        get(`/oauth/authorize?${new URLSearchParams(usualRequest(client.id))}`, { ...headers, cookie: '' }),
        get(`/oauth/authorize?${new URLSearchParams(usualRequest(client.id))}`, headers),
        get('/oauth/authorize', { ...headers, ...html }),
        get('/oauth/device', { ...headers, ...html }),
        get('/oauth/device?user_code=X', { ...headers, ...html }),
        get('/oauth/logout', { ...headers, ...html }),
        get('/oauth/logout', { ...headers, ...html, cookie: '' }),
        get('/oauth/sign-in', { ...headers, ...html, cookie: '' }),
        post('/oauth/device/authorize', { scope: 'openid' }, { ...basicOf(client), ...headers }),
        post('/oauth/par', usualRequest(client.id), { ...basicOf(client), ...headers }),
      ])
      for (const { status, headers: said, body } of heard) {
        expect(JSON.stringify([status, said, body])).not.toContain(EVIL)
        expect(status).toBeLessThan(500)
        for (const cookie of said['set-cookie'] ?? []) expect(cookie).not.toMatch(/domain=/i)
      }
    })

    it('as the target of the request reaches no other place either', async () => {
      const heard = await sendRaw(control.url, 'GET', `http://${EVIL}/.well-known/openid-configuration`)
      expect(heard.body).not.toContain(EVIL)
      expect(heard.status).toBeLessThan(500)
    })

    it('with two of what must be one is refused, and nothing comes after', async () => {
      const line = 'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n'
      const hidden = 'GET /oauth/jwks HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const sent = [
        `${line}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
        `${line}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
        `${line}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`,
        `${line}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
        `${line}Content-Length: +0\r\n\r\n${hidden}`,
      ]
      for (const bytes of sent) {
        const answers = await sendBytes(control.url, bytes)
        expect(answers.map((it) => it.slice(9, 12))).toEqual(['400'])
      }
    })
  })

  describe('who has the server ask for addresses', () => {
    const inside = () => {
      const { port } = new URL(hits.url)
      return [
        '127.0.0.1',
        'localhost',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '2130706433',
        '0x7f.1',
        '127.1',
        '0.0.0.0',
      ].flatMap((host) => [`http://${host}:${port}/hook`, `https://${host}:${port}/hook`])
    }

    it('finds none of the inside reached: not by the document of a client', async () => {
      for (const address of [
        ...inside(),
        'http://169.254.169.254/latest/meta-data/',
        'file:///etc/passwd',
        'https://localhost/x',
      ]) {
        const seen = await get(`/oauth/authorize?${new URLSearchParams(usualRequest(address))}`)
        expect([address, seen.status]).toEqual([address, 400])
        const pushed = await post(
          '/oauth/token',
          { client_id: address, grant_type: 'authorization_code', code: 'x' },
          {},
        )
        expect([address, sound(pushed), pushed.status]).toEqual([address, true, 401])
      }
      expect(hits.received).toEqual([])
    })

    it('nor by its keys, whoever wrote them into its record', async () => {
      for (const jwksUri of inside().filter((address) => address.startsWith('https:'))) {
        const wish = { authentication: 'private_key_jwt', jwksUri, jwks: null } as const
        const made = await makeClient(control, wish).catch(() => null)
        if (made === null) continue
        const about = {
          iss: made.id,
          sub: made.id,
          aud: control.url,
          jti: `${Math.random()}`,
          exp: Math.floor(Date.now() / 1000) + 60,
        }
        const form = {
          grant_type: 'client_credentials',
          client_assertion: await signAs(keys, about),
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        }
        const heard = await post('/oauth/token', form, {})
        expect([jwksUri, sound(heard)]).toEqual([jwksUri, true])
      }
      expect(hits.received).toEqual([])
    })

    it('nor by what a program registers about itself', async () => {
      for (const address of inside()) {
        for (const name of [
          'jwks_uri',
          'sector_identifier_uri',
          'backchannel_logout_uri',
          'logo_uri',
          'request_uris',
          'initiate_login_uri',
        ]) {
          const body = JSON.stringify({
            redirect_uris: ['https://rp.example.com/callback'],
            subject_type: name === 'sector_identifier_uri' ? 'pairwise' : 'public',
            ...(name === 'jwks_uri' ? { token_endpoint_auth_method: 'private_key_jwt' } : {}),
            [name]: name === 'request_uris' ? [address] : address,
          })
          const heard = await post('/oauth/register', body, { 'content-type': 'application/json' })
          expect([name, address, heard.status < 500]).toEqual([name, address, true])
        }
      }
      expect(hits.received).toEqual([])
    })

    it('nor when somebody signs out of a client that wants to hear of it', async () => {
      for (const backchannelLogoutUri of inside().filter((address) => address.startsWith('https:'))) {
        const made = await makeClient(control, { backchannelLogoutUri }).catch(() => null)
        if (made === null) continue
        const { visitor } = await signIn(control)
        const config = await discover(control, made)
        await redeem(config, await authorize(config, visitor))
        await visitor.post('/v1/auth/logout', {})
      }
      const { audit } = control.serving.system
      await audit.flush()
      expect(hits.received).toEqual([])
    })

    it('nor by the address of a request', async () => {
      for (const request_uri of inside()) {
        const query = new URLSearchParams({ ...usualRequest(client.id), request_uri })
        const heard = await get(`/oauth/authorize?${query}`)
        expect(sound(heard)).toBe(true)
      }
      expect(hits.received).toEqual([])
    })
  })

  describe('who wants to know who is there', () => {
    it('hears the same of a client that there is not, of a wrong secret, and of another way to prove it', async () => {
      const ghost = { id: `${client.id.slice(0, -3)}000`, secret: client.secret }
      const tries = [
        basicOf(ghost),
        basicOf({ ...client, secret: 'wrong' }),
        basicOf({ id: 'nobody', secret: 'x' }),
        basicOf({ ...signing, secret: 'wrong' }),
      ]
      for (const path of ['token', 'introspect', 'revoke', 'par', 'device/authorize', 'backchannel']) {
        const heard = await Promise.all(
          tries.map((headers) => post(`/oauth/${path}`, { grant_type: 'client_credentials' }, headers)),
        )
        const shapes = heard.map(({ status, headers, body }) => `${status} ${headers['www-authenticate']} ${body}`)
        expect(new Set(shapes)).toEqual(new Set([shapes[0]]))
        expect(heard[0]?.status).toBe(401)
      }
    })

    it('hears the same of somebody and of nobody when a client asks them from afar, by address, id and hint', async () => {
      const person = await makePerson(control)
      const hints = [person.email, 'nobody@example.com', person.id, 'usr_0123456789abcdefghjkmnpq', 'x', ' ', '\u202e']
      for (const login_hint of hints) {
        const { status, body } = await post('/oauth/backchannel', { scope: 'openid', login_hint })
        expect([login_hint, status]).toEqual([login_hint, 200])
        expect(Object.keys(JSON.parse(body)).sort()).toEqual(['auth_req_id', 'expires_in'])
      }
    })

    it('guesses no code of a device: neither that which people type nor that which the device keeps', async () => {
      const { visitor } = await signIn(control)
      for (let tries = 1; tries <= 12; tries++) {
        const page = await visitor.get('/oauth/device')
        const xsrf = /name="xsrf" value="([^"]+)"/.exec(String(page.body))?.[1] ?? ''
        await visitor.post('/oauth/device', new URLSearchParams({ xsrf, user_code: `BCDF-${tries + 1000}` }))
      }
      const { audit } = control.serving.system
      const slowed = async () => {
        await audit.flush()
        const found = await audit.search({ type: 'oauth.refused', limit: 20 })
        return found.ok ? found.value.items.map(({ code }) => code) : []
      }
      await expect.poll(slowed).toContain('slow_down')
      const made = JSON.parse((await post('/oauth/device/authorize', { scope: 'openid' })).body)
      expect(made.device_code.length).toBeGreaterThanOrEqual(43)
      const guess = await post('/oauth/token', {
        grant_type: DEVICE_CODE,
        device_code: `${made.device_code.slice(0, -1)}A`,
      })
      expect(JSON.parse(guess.body).error).toBe('invalid_grant')
    })
  })
})
