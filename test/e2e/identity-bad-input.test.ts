import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/index.ts'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl, type Reply } from '../support/control.ts'
import { ask } from '../support/doors.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const address = () => `p${randomBytes(6).toString('hex')}@example.com`
const tokenIn = (link: string | null) => new URL(link ?? '').searchParams.get('token') ?? ''
const FIFTY = Array.from({ length: 50 })

let strangers = 0
/** Each from a network of its own, so that no limit answers for what is asked about. */
function stranger(control: Control, options: { origin?: string | null } = {}): Visitor {
  strangers++
  const at = `127.${1 + (strangers >> 14)}.${(strangers >> 6) & 255}.${1 + (strangers & 63)}`
  return openVisitor(control.url, { ...options, address: at })
}

type Operation = { readonly method: 'post' | 'put' | 'patch' | 'delete'; readonly path: string; readonly body: Member }
/** As much of a schema as finding its faults takes. */
type Member = {
  readonly type?: string
  readonly pattern?: string
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Member>>
  readonly required?: readonly string[]
  readonly items?: Member
  readonly anyOf?: readonly Member[]
}

/** What has no place in a field of any kind, as JSON. */
const WRONG_KINDS = ['null', 'true', '-1', '1e999', '[]', '["x"]', '{"$ne":null}']
/** What is text, and not what anybody types. */
const ODD_TEXTS = [
  '',
  '\u0000',
  'a\u0000b@example.com',
  `spf_${'\u0000'.repeat(43)}`,
  'ada\ud800@example.com',
  `spf_${'A'.repeat(43)}`,
  `spl_${'A'.repeat(43)}`,
  '\udfff'.repeat(12),
  '\u202e moc.elpmaxe@ada',
  '\uff21\uff24\uff21@example.com',
  '٤٩٢٠٣٩',
  "' or 1=1 --",
  '{{7*7}}%00%0d%0aBcc: eve@example.com',
  '__proto__',
  'x'.repeat(64),
  '😀'.repeat(512),
]

describe.each(backends)('bad input to people’s part on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      env: { SALLYPORT_IDENTITY_REGISTRATION: 'open', SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' },
    })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const login = (visitor: Visitor, { email, password }: Pick<Made, 'email' | 'password'>, more: object = {}) =>
    visitor.post('/v1/auth/login', { email, password, ...more })

  async function signedIn(person: Made, visitor = stranger(control)): Promise<Visitor> {
    const answer = await login(visitor, person)
    expect(answer.body.next, JSON.stringify(answer.body)).toBe('done')
    return visitor
  }

  async function personWith(password: string): Promise<Made> {
    const email = address()
    const made = await control.serving.system.identity.people.create(
      {
        email,
        name: 'Ada',
        language: 'en',
        organization: 'org_default',
        roles: ['user'],
        verified: true,
        password: new Secret(password),
      },
      { principal: operator, address: null, userAgent: 'test', requestId: null },
    )
    if (!made.ok) throw new Error(JSON.stringify(made.problem))
    return { id: made.value.person.id, email, password }
  }

  describe('fields of every route', () => {
    async function operations(prefixes: readonly string[]): Promise<Operation[]> {
      const { body } = await control.call(null, 'GET', '/openapi.json')
      const all = Object.entries(body.paths as Record<string, Record<string, { requestBody?: unknown }>>)
      return all
        .filter(([path]) => prefixes.some((prefix) => path.startsWith(prefix)))
        .flatMap(([path, methods]) =>
          Object.entries(methods).flatMap(([method, { requestBody }]) => {
            // biome-ignore lint/suspicious/noExplicitAny: a document of OpenAPI
            const schema = (requestBody as any)?.content?.['application/json']?.schema
            return schema === undefined ? [] : [{ method: method as Operation['method'], path, body: schema as Member }]
          }),
        )
    }

    /** A body that the route would take, as far as its document says. */
    function rightBody({ properties = {}, required = [] }: Member): Record<string, unknown> {
      return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {})]))
    }

    function exampleOf(member: Member): unknown {
      const { examples, enum: choices, type, items } = member
      if (type === 'object') return rightBody(member)
      if (type === 'array') return items === undefined ? [] : [exampleOf(items)]
      return examples?.[0] ?? choices?.[0] ?? { integer: 1, boolean: true }[type ?? ''] ?? 'text'
    }

    /** JSON with one member that JSON.stringify would not write. */
    const withMember = (body: object, name: string, json: string) => {
      const rest = Object.entries(body).filter(([key]) => key !== name)
      const members = [...rest.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)]
      return `{${[...members, `${JSON.stringify(name)}:${json}`].join(',')}}`
    }

    const urlOf = (path: string) =>
      path.replace('{rid}', `rcv_${'0'.repeat(24)}`).replace('{id}', (_, at) => {
        const kind = [
          ['/users', 'usr'],
          ['/passkeys', 'pky'],
          ['/factors', 'fac'],
          ['/organizations', 'org'],
          ['/sessions', 'ses'],
          ['/invitations', 'inv'],
        ].find(([name]) => path.slice(0, at).endsWith(`${name}/`))?.[1]
        return `${kind ?? 'xxx'}_${'0'.repeat(24)}`
      })

    /** Everything wrong that a body can be, one fault each. */
    function* bodiesFor({ body }: Operation): Generator<string> {
      const right = rightBody(body)
      yield* ['null', '[]', '"text"', '0', '{}', '{', '', '[{}]', '{"a":1,"a":2}', '\ufeff{}']
      yield withMember(right, '__proto__', '{"admin":true}')
      yield withMember(right, 'constructor', '{"prototype":{"admin":true}}')
      yield withMember(right, 'toString', 'null')
      yield withMember(right, 'return_to', '"https://evil.example/"')
      yield* faultsWithin(body)
    }

    function* faultsWithin(object: Member): Generator<string> {
      const right = rightBody(object)
      for (const [name, member] of Object.entries(object.properties ?? {})) {
        for (const json of faultsOf(member)) yield withMember(right, name, json)
      }
    }

    function* faultsOf(member: Member): Generator<string> {
      const kinds = [member, ...(member.anyOf ?? [])]
      yield* WRONG_KINDS
      // Whether a text is any of a few, or of a form, is decided before it is looked at.
      const isFree = kinds.some(({ type, pattern }) => type === 'string' && pattern === undefined)
      for (const text of isFree ? ODD_TEXTS : ODD_TEXTS.slice(0, 5)) yield JSON.stringify(text)
      for (const inner of kinds) {
        yield* faultsWithin(inner)
        if (inner.items !== undefined) for (const json of faultsOf(inner.items)) yield `[${json}]`
      }
    }

    async function throwAt(operation: Operation, visitor: () => Visitor): Promise<string[]> {
      const faults: string[] = []
      const answer = async (json: string) => {
        const { status, body } = await visitor()[operation.method](urlOf(operation.path), json)
        const isFine = status < 500 || (status === 503 && body.code === 'PASSWORDS_BUSY')
        if (!isFine) faults.push(`${operation.method} ${operation.path} ${json.slice(0, 200)} is ${status}`)
      }
      const bodies = [...bodiesFor(operation)]
      for (let i = 0; i < bodies.length; i += 16) await Promise.all(bodies.slice(i, i + 16).map(answer))
      return faults
    }

    it('whatever a stranger puts into a field of a public route, nothing breaks', { timeout: 240_000 }, async () => {
      const found = await operations(['/v1/auth/'])
      expect(found.length).toBeGreaterThan(12)
      const faults: string[] = []
      for (const operation of found) faults.push(...(await throwAt(operation, () => stranger(control))))
      expect(faults).toEqual([])
      expect(({} as { admin?: boolean }).admin).toBeUndefined()
    })

    it('whatever an administrator puts into a field of a route of people, nothing breaks', {
      timeout: 240_000,
    }, async () => {
      const visitor = await signedIn(await makePerson(control, { roles: ['super_admin'] }))
      const found = await operations(['/v1/account', '/v1/users', '/v1/organizations', '/v1/invitations'])
      expect(found.length).toBeGreaterThan(10)
      const faults: string[] = []
      for (const operation of found) faults.push(...(await throwAt(operation, () => visitor)))
      expect(faults).toEqual([])
      expect((await visitor.get('/v1/account')).status).toBe(200)
    })

    it('a wrong kind of value is refused before anything is done, in every public route', async () => {
      const taken: string[] = []
      for (const operation of await operations(['/v1/auth/'])) {
        const { properties = {}, required = [] } = operation.body
        for (const name of required.filter((it) => properties[it]?.type === 'string')) {
          for (const json of WRONG_KINDS) {
            const wrong = withMember(rightBody(operation.body), name, json)
            const { status } = await stranger(control)[operation.method](operation.path, wrong)
            if (status !== 400 && status !== 401) taken.push(`${operation.path} ${wrong} is ${status}`)
          }
        }
      }
      expect(taken).toEqual([])
    })

    it('no route says where a browser is to go afterwards, and none takes such a field', async () => {
      const names = ['return_to', 'returnTo', 'redirect', 'redirect_uri', 'next', 'url', 'callback', 'host']
      const found = await operations(['/v1/auth/', '/v1/account'])
      const known = found.flatMap(({ body }) => Object.keys(body.properties ?? {}))
      expect(known.filter((name) => names.includes(name))).toEqual([])
      const { email } = await makePerson(control)
      for (const path of ['/v1/auth/password/forgot', '/v1/auth/magic-link', '/v1/auth/verify/resend']) {
        for (const name of names) {
          const answer = await stranger(control).post(path, { email, [name]: 'https://evil.example/' })
          expect(answer.body.code, `${path} ${name}`).toBe('INPUT_INVALID')
        }
      }
      expect(await mailsTo(control, email)).toEqual([])
    })
  })

  describe('names and passwords', () => {
    let ada: Visitor
    beforeAll(async () => {
      ada = await signedIn(await makePerson(control))
    })

    it('a password signs in however a keyboard composes it, and only that password', async () => {
      const person = await personWith('Ｃafé Ångström 東京 ﬁne № ①２３')
      const same = ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => person.password.normalize(form))
      const answers = await Promise.all(
        [person.password, ...same].map((password) => login(stranger(control), { ...person, password })),
      )
      expect(answers.map(({ body }) => body.next)).toEqual(Array.from({ length: 5 }, () => 'done'))
      const plain = person.password.normalize('NFKC')
      const others = [plain.replace('é', 'e'), plain.toLowerCase(), ` ${plain}`, `${plain}\u200b`, `${plain}\u0000`]
      for (const password of others) {
        const { body } = await login(stranger(control), { ...person, password })
        expect(body.code, JSON.stringify(password)).toBe('SIGN_IN_FAILED')
      }
    })

    it.each([
      ['blanks, quotes and braces', `  '"\\ \t{}<>&;$(id) \` ${randomBytes(4).toString('hex')}  `],
      ['characters of two halves', `👩‍👩‍👧‍👦🏳️‍🌈𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ${randomBytes(4).toString('hex')}`],
      ['a script from right to left', `كلمة المرور سرية جدا ${randomBytes(4).toString('hex')}`],
      [
        '256 characters of four bytes each',
        String.fromCodePoint(...Array.from(randomBytes(256), (byte) => 0x12000 + byte)),
      ],
    ])('a password of %s is taken whole', async (_what, password) => {
      const person = await personWith(password)
      await signedIn(person)
      const { body } = await login(stranger(control), { ...person, password: password.slice(0, -1) })
      expect(body.code).toBe('SIGN_IN_FAILED')
    })

    it('passwords longer than any may be are refused without the work of hashing them', async () => {
      const { email, password } = await makePerson(control)
      // So many at once would find the queue of hashing full.
      const long = Array.from({ length: 100 }, (_, i) => ({ email: address(), password: '界'.repeat(1024 - (i % 8)) }))
      const answers = await Promise.all(long.map((it) => login(stranger(control), it)))
      expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['SIGN_IN_FAILED']))
      for (const [size, status] of [
        [1025, 400],
        [1_000_000, 400],
        [1_100_000, 413],
      ] as const) {
        expect((await login(stranger(control), { email, password: 'x'.repeat(size) })).status).toBe(status)
      }
      expect((await login(stranger(control), { email, password })).status).toBe(200)
    })

    it.each([
      'Ада Лавлейс',
      'עדה לאבלייס',
      '愛達·勒芙蕾絲',
      'Zoë\u0301 O’Neill-“Ace”',
      '👩🏽‍💻',
      '<img src=x onerror=alert(1)>',
      "Robert'); drop table person;--",
      '{{name}} {0} %s %n',
      'x'.repeat(128),
    ])('the name %j is kept as it was typed', async (name) => {
      expect((await ada.patch('/v1/account', { name })).body.name).toBe(name)
      expect((await ada.get('/v1/account')).body.name).toBe(name)
    })

    it.each(['', ' ', '\u200b', 'a\u0000b', 'a\nb', 'a\u202eb', 'a\u2028b', 'a\ud800', 'x'.repeat(129)])(
      'the name %j is refused',
      async (name) => {
        expect((await ada.patch('/v1/account', { name })).status).toBe(400)
      },
    )
  })

  describe('mail addresses', () => {
    it('case does not count; dots, tags and letters that only look alike do', async () => {
      const local = `kim.${randomBytes(4).toString('hex')}`
      const person = await makePerson(control, { email: `${local}@example.com` })
      const comesIn = async (email: string) => (await login(stranger(control), { ...person, email })).status === 200
      for (const email of [`${local.toUpperCase()}@EXAMPLE.com`, ` ${person.email} `]) {
        expect(await comesIn(email), email).toBe(true)
      }
      const others = [
        person.email.replace('.', ''),
        person.email.replace('@', '+tag@'),
        person.email.replace('k', '\u212a'),
        person.email.replace('i', '\u0456'),
        person.email.replace('i', '\u0130'),
        person.email.replace('m', '\uff4d'),
        person.email.replace('i', 'i\u0307'),
        `${person.email}\u0000`,
        `${person.email}.`,
        `"${local}"@example.com`,
        `${local}@example.com@example.com`,
        `${local}@[127.0.0.1]`,
      ]
      for (const email of others) expect(await comesIn(email), JSON.stringify(email)).toBe(false)
    })

    it('a letter that only looks alike has nothing mailed to the owner, and nothing to anybody else', async () => {
      const person = await makePerson(control, { email: `kim.${randomBytes(4).toString('hex')}@example.com` })
      for (const email of [
        person.email.replace('k', '\u212a'),
        person.email.replace('@e', '@\u0435'),
        `${person.email}\u0000`,
      ]) {
        for (const path of ['/v1/auth/password/forgot', '/v1/auth/magic-link', '/v1/auth/verify/resend']) {
          expect((await stranger(control).post(path, { email })).status, path).toBeLessThan(500)
        }
      }
      await stranger(control).post('/v1/auth/password/forgot', { email: person.email })
      await waitForMail(control, person.email, { template: 'reset_password' })
      expect(await mailsTo(control, person.email)).toHaveLength(1)
    })
  })

  describe('links in mails', () => {
    const lies = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-server': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '666',
      'x-forwarded-prefix': '/evil',
      'x-original-host': 'evil.example',
      'x-original-url': '/evil',
      'x-host': 'evil.example',
      forwarded: 'host=evil.example;proto=https',
      referer: 'https://evil.example/',
      via: '1.1 evil.example',
    }

    it.each([
      ['/v1/auth/password/forgot', 'reset_password', '/reset'],
      ['/v1/auth/magic-link', 'magic_link', '/magic'],
    ])('those of %s lead to the configured address, whatever a request says', async (path, template, page) => {
      const { email } = await makePerson(control)
      expect((await stranger(control).post(path, { email }, lies)).status).toBe(202)
      const { link, text } = await waitForMail(control, email, { template })
      expect(link?.startsWith(`${control.url}${page}?token=spl_`), text).toBe(true)
      expect(text).not.toContain('evil')
    })

    it('a link of one kind opens nothing of another', async () => {
      const { email } = await makePerson(control)
      await stranger(control).post('/v1/auth/password/forgot', { email })
      const token = tokenIn((await waitForMail(control, email, { template: 'reset_password' })).link)
      for (const path of ['verify', 'email/confirm', 'magic-link/redeem', 'recovery/stop']) {
        const { body } = await stranger(control).post(`/v1/auth/${path}`, { token })
        expect(body.code, path).toBe('LINK_ENDED')
      }
      const body = { token, password: `quite another ${randomBytes(6).toString('hex')}` }
      expect((await stranger(control).post('/v1/auth/password/reset', body)).status).toBe(204)
    })
  })

  describe('what works once', () => {
    const winners = (answers: readonly Reply[]) => answers.filter(({ status }) => status < 300)

    it('of fifty who set a password by one link at once one does', { timeout: 240_000 }, async () => {
      const email = address()
      const { key } = await control.keyWith(['*'], { scopes: ['*'] })
      // Who has no password yet is compared with none.
      expect((await control.call(key, 'POST', '/v1/users', { email, verified: true })).status).toBe(201)
      await stranger(control).post('/v1/auth/password/forgot', { email })
      const token = tokenIn((await waitForMail(control, email, { template: 'reset_password' })).link)
      const wishes = FIFTY.map(() => `quite another ${randomBytes(6).toString('hex')}`)
      const answers = await Promise.all(
        wishes.map((password) => stranger(control).post('/v1/auth/password/reset', { token, password })),
      )
      expect(winners(answers)).toHaveLength(1)
      const codes = new Set(answers.filter(({ status }) => status !== 204).map(({ body }) => body.code))
      for (const code of codes) expect(['LINK_ENDED', 'PASSWORDS_BUSY']).toContain(code)
      const chosen = wishes[answers.findIndex(({ status }) => status === 204)] ?? ''
      expect((await login(stranger(control), { email, password: chosen })).status).toBe(200)
    })

    it('of fifty who finish one sign-in at once one gets a session', async () => {
      const person = await makePerson(control, { verified: false })
      const visitor = stranger(control)
      const { flow, next } = (await login(visitor, person)).body
      expect(next).toBe('verify_email')
      await stranger(control).post('/v1/auth/verify/resend', { email: person.email })
      const token = tokenIn((await waitForMail(control, person.email, { template: 'verify_email' })).link)
      expect((await stranger(control).post('/v1/auth/verify', { token })).status).toBe(204)
      const answers = await Promise.all(FIFTY.map(() => visitor.copy().post('/v1/auth/resume', { flow })))
      expect(winners(answers)).toHaveLength(1)
      expect(new Set(answers.map(({ body }) => body.code ?? body.next))).toEqual(new Set(['done', 'SIGN_IN_ENDED']))
      const owner = await signedIn(person)
      expect((await owner.get('/v1/account/sessions')).body.items).toHaveLength(2)
    })

    it('of fifty who prove a password in one sign-in at once one gets a session', async () => {
      const person = await makePerson(control)
      const { flow } = (await stranger(control).post('/v1/auth/login', { email: person.email })).body
      const body = { flow, password: person.password }
      const answers = await Promise.all(FIFTY.map(() => stranger(control).post('/v1/auth/login', body)))
      expect(winners(answers)).toHaveLength(1)
      const codes = answers.flatMap(({ body }) => body.code ?? [])
      for (const code of new Set(codes)) expect(['SIGN_IN_ENDED', 'SIGN_IN_LIMITED']).toContain(code)
    })

    it('of fifty who sign out with one session at once nobody breaks anything', async () => {
      const visitor = await signedIn(await makePerson(control))
      const answers = await Promise.all(FIFTY.map(() => visitor.copy().post('/v1/auth/logout')))
      expect(new Set(answers.map(({ status }) => (status < 500 ? 'fine' : status)))).toEqual(new Set(['fine']))
      expect((await visitor.copy().get('/v1/account')).status).toBe(401)
    })
  })

  describe('cookies', () => {
    const SESSION = '__Host-sallyport_session'
    const DEVICE = '__Host-sallyport_device'
    const cookieOf = (visitor: Visitor, name: string) => visitor.cookies().find((it) => it.name === name)?.value ?? ''

    it('a session that somebody planted is not the one that its victim signs in to', async () => {
      const attacker = await signedIn(await makePerson(control))
      const planted = cookieOf(attacker, SESSION)
      const victim = attacker.copy()
      const person = await makePerson(control)
      await signedIn(person, victim)
      expect(cookieOf(victim, SESSION)).not.toBe(planted)
      expect((await victim.get('/v1/account')).body.email).toBe(person.email)
      expect((await attacker.get('/v1/account')).body.email).not.toBe(person.email)
    })

    it('a device that somebody planted does not become known or trusted with its victim', async () => {
      const attacker = await signedIn(await makePerson(control))
      const victim = attacker.copy()
      victim.forget()
      const planted = { cookie: `${DEVICE}=${cookieOf(attacker, DEVICE)}` }
      const person = await makePerson(control)
      const answer = await victim.post('/v1/auth/login', { email: person.email, password: person.password }, planted)
      expect(answer.body.next).toBe('done')
      expect((await victim.get('/v1/account/devices')).body.items).toHaveLength(1)
      expect(cookieOf(victim, DEVICE)).not.toBe(cookieOf(attacker, DEVICE))
      // The attacker learns the password, too: their browser must be a stranger to the account.
      const thief = attacker.copy({ address: '127.99.0.1' })
      await login(thief, person)
      expect((await victim.get('/v1/account/devices')).body.items).toHaveLength(2)
    })

    it('a token of a sign-in opens no session, and a session is no sign-in', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const { flow } = (await stranger(control).post('/v1/auth/login', { email: person.email })).body
      const asSession = await ask(control, { path: '/v1/account', headers: ['cookie', `${SESSION}=${flow}`] })
      expect(asSession.status).toBe(401)
      const asFlow = await stranger(control).post('/v1/auth/resume', { flow: cookieOf(visitor, SESSION) })
      expect(asFlow.body.code).toBe('SIGN_IN_ENDED')
    })

    it('cookies and headers that come twice, are long or are no text let nobody in and break nothing', async () => {
      const visitor = await signedIn(await makePerson(control))
      const token = cookieOf(visitor, SESSION)
      const right = `${SESSION}=${token}`
      const other = `${SESSION}=sps_${'A'.repeat(43)}`
      const tries: readonly (readonly [string[], number[]])[] = [
        [['cookie', right], [200]],
        [['cookie', `${'a=b; '.repeat(500)}${right}`], [200]],
        [
          ['cookie', right, 'cookie', other],
          [400, 401],
        ],
        [
          ['cookie', other, 'cookie', right],
          [400, 401],
        ],
        [['cookie', `${right}; ${right}`], [401]],
        [['cookie', right.toLowerCase()], [401]],
        [['cookie', `${right.replace('__Host-', '')}`], [401]],
        [['cookie', `${right}x`], [401]],
        [['cookie', `${SESSION}="${token}"`], [401]],
        [['cookie', `${SESSION}=${encodeURIComponent(token)}%00`], [401]],
        [['cookie', `${SESSION}`], [401]],
        [['cookie', `${SESSION}=`], [401]],
        [['cookie', `=${token}; ;;;=;`], [401]],
        [['cookie', `${SESSION}=\u00ff\u00fe`], [401]],
        [['cookie', `${SESSION}=${'A'.repeat(12_000)}`], [401]],
        [['cookie', `${SESSION}=${'A'.repeat(40_000)}`], [431]],
        [['cookie', right, 'x-api-key', 'nonsense'], [401]],
        [['cookie', right, 'authorization', `Bearer ${token}`], [401]],
      ]
      for (const [headers, statuses] of tries) {
        const { status } = await ask(control, { path: '/v1/account', headers })
        expect(statuses, `${headers.join(' ').slice(0, 200)} is ${status}`).toContain(status)
      }
    })

    it('a change with two origins, or two places it was fetched from, is refused', async () => {
      const visitor = await signedIn(await makePerson(control))
      const cookie = ['cookie', `${SESSION}=${cookieOf(visitor, SESSION)}`]
      const body = '{"name":"Eve"}'
      const json = ['content-type', 'application/json']
      const tries = [
        ['origin', control.url, 'origin', 'https://evil.example'],
        ['origin', 'https://evil.example', 'origin', control.url],
        ['origin', ''],
        ['origin', `${control.url}/`],
        ['origin', control.url.replace('http:', 'https:')],
        ['origin', `https://evil.example#${control.url}`],
        ['sec-fetch-site', 'same-origin', 'sec-fetch-site', 'cross-site'],
        ['sec-fetch-site', 'cross-site', 'sec-fetch-site', 'same-origin'],
        ['sec-fetch-site', 'none'],
        ['referer', `${control.url}/`],
      ]
      for (const headers of tries) {
        const sent = { method: 'PATCH', path: '/v1/account', headers: [...cookie, ...json, ...headers], body }
        expect((await ask(control, sent)).status, headers.join(' ')).toBe(403)
      }
      expect((await visitor.get('/v1/account')).body.name).not.toBe('Eve')
    })
  })
})
