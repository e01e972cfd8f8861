import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { formatProblem } from './problem.ts'
import { sampleConfig } from './sample.ts'
import { configOf, inFolder, loadYaml, problemsOf } from './testing.ts'

const ROUTE = `
gateway:
  upstreams:
    orders: { targets: ["http://127.0.0.1:9090/", "https://api.example.com"], timeouts: { connect: 250ms } }
  routes:
    - id: orders
      match: { path: "/orders/{id}", methods: [GET] }
      upstream: orders
      authenticate: [apiKey]
      require: { scopes: [orders:read], permissions: ["orders:read:*"] }
      limits:
        - { by: key, max: 1000, per: minute }
        - { by: address, max: 10, per: 10s, burst: 5 }
      input: { maxBody: 64kb }
`

const tier = (minute: number, hour: number, day: number, atOnce: number, maxBody: number) => ({
  rates: [
    { max: minute, per: 60_000, burst: null, kind: null },
    { max: hour, per: 3_600_000, burst: null, kind: null },
    { max: day, per: 86_400_000, burst: null, kind: null },
  ],
  atOnce,
  maxBody,
})
// Row L4.
const TIERS = {
  production: tier(1000, 50_000, 1_000_000, 100, 52_428_800),
  development: tier(100, 5000, 100_000, 10, 5_242_880),
}

test('without a file everything has its default, and the gateway lets nothing through', async () => {
  await inFolder({}, async (cwd) => {
    const loaded = await loadConfig({ cwd, env: {} })
    if (!loaded.ok) throw new Error('refused')
    expect(loaded.file).toBeNull()
    const { database, identity, oauth, ...rest } = loaded.value
    expect(identity).toMatchObject({
      registration: 'invited',
      pages: null,
      origins: [],
      sessions: { absolute: 86_400_000, idle: 3_600_000, most: 5, onNetworkChange: 'record' },
      signIn: { lockAfter: 5, lockFor: 30 * 60_000, trustDevices: 30 * 86_400_000, risk: 'standard' },
      passwords: { threads: null, minScore: 3, history: 5, breach: { mode: 'online', file: null } },
    })
    expect(oauth).toMatchObject({
      registration: 'closed',
      passwordTokens: false,
      signingKeys: {
        algorithms: ['ES256'],
        rotateEvery: 90 * 86_400_000,
        publishBefore: 86_400_000,
        retireAfter: 86_400_000,
        from: [],
      },
    })
    expect(database.url.reveal()).toBe(`sqlite:${join(cwd, '.sallyport', 'sallyport.db')}`)
    expect(rest).toEqual({
      data: join(cwd, '.sallyport'),
      host: '127.0.0.1',
      issuer: 'http://localhost:4000',
      control: {
        port: 4000,
        trustedProxies: [],
        tls: { cert: null, key: null, clientCa: null, address: null, port: 4443 },
        clientCertificateHeader: null,
        clientCertificateVerifiedHeader: null,
      },
      redis: { url: null, prefix: 'sallyport:' },
      limits: { timeout: 250, processes: 1, tiers: TIERS, tierOf: [] },
      master: { key: null, keyFile: null, passphrase: null },
      log: { level: 'info' },
      keys: {
        brand: 'sp',
        cache: 100_000,
        refusalDelay: 20,
        classifications: {
          CRITICAL: { days: 30, mostActive: 1 },
          HIGH: { days: 60, mostActive: 2 },
          MEDIUM: { days: 90, mostActive: 5 },
          LOW: { days: 180, mostActive: 10 },
        },
        leaks: { github: { publicKeys: {}, keysUrl: null } },
        rotationEvery: 60_000,
        rotationApproval: ['CRITICAL', 'HIGH'],
      },
      access: {
        properties: {},
        record: { allowOneIn: 100, questions: 2500 },
        scopes: null,
        roles: {
          super_admin: { mostKeys: 5, rotationDays: 30 },
          admin: { mostKeys: 10, rotationDays: 45 },
          manager: { mostKeys: 15, rotationDays: 60 },
          moderator: { mostKeys: 15, rotationDays: 60 },
          developer: { mostKeys: 20, rotationDays: 90 },
          analyst: { mostKeys: 10, rotationDays: 90 },
          support: { mostKeys: 15, rotationDays: 60 },
          user: { mostKeys: 10, rotationDays: 90 },
          read_only: { mostKeys: 25, rotationDays: 180 },
        },
      },
      audit: { flushEvery: 1000, queue: 10_000, checkpointEvery: 60_000, checkpointFile: null },
      notices: {
        mail: {
          transport: 'outbox',
          host: null,
          port: 587,
          security: 'starttls',
          user: null,
          password: null,
          passwordFile: null,
          from: null,
          keep: 30 * 86_400_000,
          language: 'en',
          templates: null,
        },
        sms: {
          transport: 'off',
          url: null,
          account: null,
          secret: null,
          secretFile: null,
          from: null,
          timeout: 10_000,
        },
        outboxPage: false,
        webhooks: {
          timeout: 10_000,
          lookEvery: 1000,
          keep: 7 * 86_400_000,
          disableAfter: 5 * 86_400_000,
          most: 50,
          allowInsecureHttp: false,
          allowPrivateNetworks: [],
        },
      },
      secretStores: {},
      geo: { database: null },
      guard: {
        outbound: {
          allow: null,
          ports: [80, 443, 8080, 8443],
          allowAnyPort: false,
          allowInsecureHttp: false,
          allowPrivateNetworks: [],
          timeout: 10_000,
          connectTimeout: 3_000,
          maxBytes: 1_048_576,
          perHost: 8,
        },
      },
      gateway: {
        port: 8080,
        reload: 'signal',
        source: 'file',
        tls: null,
        proxyProtocol: null,
        hosts: [],
        trustedProxies: [],
        clientCertificateHeader: null,
        upstreams: {},
        decisions: null,
        documents: {},
        allowUndeclaredRoutes: false,
        headers: {
          hsts: { maxAge: 31_536_000_000, includeSubDomains: true, preload: false },
          contentSecurity: "default-src 'none'",
          frames: 'deny',
          resource: 'same-origin',
          cache: 'no-store',
          allowSniffing: false,
          leaveToUpstream: false,
          pages: {
            contentSecurity: "default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'",
            permissions:
              'camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), serial=(), usb=()',
            referrer: 'same-origin',
            opener: 'same-origin',
          },
        },
        cors: null,
        inventory: { learn: true, zombieAfter: 2_592_000_000, keep: 15_552_000_000, maxPaths: 10_000 },
        internalNetworks: [],
        requireLifecycle: false,
        admin: null,
        routes: [],
      },
    })
  })
})

test('a number that may be null is null when the environment says so', async () => {
  const env = { SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE: 'null' }
  expect((await configOf('', { env })).keys.classifications.LOW).toEqual({ days: 180, mostActive: null })
})

test.each(['', '# only a comment', '{}', '\ufeffhost: 127.0.0.1'])(
  'a file that says nothing new (%j) means the defaults',
  async (yaml) => {
    expect((await configOf(yaml)).control.port).toBe(4000)
  },
)

test('a route is read with its units resolved and nothing absent', async () => {
  const { gateway } = await configOf(ROUTE)
  expect(gateway.upstreams).toEqual({
    orders: {
      targets: ['http://127.0.0.1:9090', 'https://api.example.com'],
      connections: 128,
      timeouts: { connect: 250, headers: 30_000, body: 60_000 },
      tls: { ca: null, certificate: null, key: null, serverName: null, allowAnyCertificate: false },
      weights: {},
      slowStart: null,
      health: null,
      breaker: null,
      retries: null,
    },
  })
  expect(gateway.routes).toEqual([
    {
      id: 'orders',
      match: { host: null, path: '/orders/{id}', parameters: {}, headers: {}, methods: ['GET'] },
      upstream: 'orders',
      authenticate: ['apiKey'],
      public: false,
      websocket: null,
      clientCertificate: false,
      tokens: { audience: null, issuers: null, once: false },
      require: {
        scopes: ['orders:read'],
        permissions: ['orders:read:*'],
        roles: [],
        acr: null,
        maxAge: null,
        level: null,
        owner: null,
        relation: null,
        policy: null,
      },
      limits: [
        { by: 'key', claim: null, max: 1000, per: 60_000, burst: null, kind: null, where: null },
        { by: 'address', claim: null, max: 10, per: 10_000, burst: 5, kind: null, where: null },
      ],
      input: {
        maxBody: 65_536,
        properties: null,
        outside: 'refuse',
        types: null,
        json: null,
        uploads: null,
        inflate: null,
        headers: null,
        url: null,
        query: null,
        page: null,
        openapi: null,
        graphql: null,
      },
      output: {
        properties: null,
        at: null,
        beside: [],
        maxBody: 1_048_576,
        errors: { server: 'replace', client: 'pass' },
        leaks: null,
        headers: {
          contentSecurity: null,
          frames: null,
          resource: null,
          cache: null,
          allowSniffing: null,
          leaveToUpstream: null,
          pages: { contentSecurity: null, permissions: null, referrer: null, opener: null },
        },
      },
      cors: null,
      lifecycle: {
        state: 'stable',
        deprecatedAt: null,
        sunsetAt: null,
        successor: null,
        document: null,
        owner: null,
        exposure: 'external',
      },
      credentials: { query: false },
      timeouts: { total: null },
      cost: 1,
      costs: {},
      counting: 'exact',
      decisions: false,
      flow: null,
      signatures: { covers: [], window: 60_000 },
      whenDown: 'closed',
      rewrite: {
        stripPrefix: null,
        path: null,
        host: null,
        headers: {
          request: { set: {}, add: {}, remove: [] },
          response: { set: {}, add: {}, remove: [] },
        },
      },
    },
  ])
})

describe('right values that look unusual', () => {
  test.each([
    ['an IPv6 address to listen on', 'host: "::1"'],
    ['a free port for both', 'control: { port: 0 }\ngateway: { port: 0 }'],
    ['an issuer on this machine in the clear', 'issuer: http://127.0.0.1:4000'],
    ['an issuer with a path', 'issuer: https://example.com/auth'],
    ['an issuer on IPv6', 'issuer: "http://[::1]:4000"'],
    [
      'a database without a password',
      'database: { url: postgresql://app@db.example.com:5432/app?sslmode=verify-full }',
    ],
    ['Redis over TLS with a database number', 'redis: { url: "rediss://redis.example.com:6379/2" }'],
    ['a single proxy', 'gateway: { trustedProxies: [10.1.2.3, "2001:db8::/32"] }'],
    ['a value shared by alias', 'log: &l { level: debug }\nkeys: {}\naudit: { queue: &q 500 }\n'],
    ['YAML that is JSON', '{"control": {"port": 4100}}'],
  ])('%s', async (_, yaml) => expect(await problemsOf(yaml)).toEqual([]))

  test('a name that is a property of every object is an upstream like any other', async () => {
    const yaml = ROUTE.replaceAll('orders: {', 'constructor: {').replace('upstream: orders', 'upstream: constructor')
    expect(Object.keys((await configOf(yaml)).gateway.upstreams)).toEqual(['constructor'])
  })

  test('different methods of one path may be different routes', async () => {
    const yaml = `${ROUTE}    - { id: b, match: { path: "/orders/{id}", methods: [POST] }, upstream: orders, public: true }\n`
    expect((await configOf(yaml)).gateway.routes).toHaveLength(2)
  })

  test('a prefix is stripped that is the start of the path', async () => {
    const yaml = ROUTE.replace('input:', 'rewrite: { stripPrefix: /orders }\n      input:')
    expect((await configOf(yaml)).gateway.routes[0]?.rewrite.stripPrefix).toBe('/orders')
  })
})

describe('what wins', () => {
  const yaml = 'control: { port: 4100 }\nlog: { level: warn }\nredis: { prefix: "a:" }'

  test('the environment over the file, an override over both, and what they leave alone stays', async () => {
    const env = { SALLYPORT_CONTROL_PORT: '4200', SALLYPORT_LOG_LEVEL: 'debug' }
    const config = await configOf(yaml, { env, overrides: { log: { level: 'error' } } })
    expect([config.control.port, config.log.level, config.redis.prefix]).toEqual([4200, 'error', 'a:'])
  })

  test('the issuer follows the port, wherever the port comes from', async () => {
    expect((await configOf(yaml)).issuer).toBe('http://localhost:4100')
    expect((await configOf(yaml, { env: { SALLYPORT_CONTROL_PORT: '4200' } })).issuer).toBe('http://localhost:4200')
  })

  test('a list or map from the environment replaces that of the file', async () => {
    const env = {
      SALLYPORT_GATEWAY_UPSTREAMS: '{"billing":{"targets":["http://billing.internal"]}}',
      SALLYPORT_GATEWAY_ROUTES: '[{"id":"b","match":{"path":"/b"},"upstream":"billing","public":true}]',
    }
    const { gateway } = await configOf(ROUTE, { env })
    expect(Object.keys(gateway.upstreams)).toEqual(['billing'])
    expect(gateway.routes.map((route) => route.id)).toEqual(['b'])
  })

  test('a mistake in the file is told even where the environment overrides it', async () => {
    const written = 'control: { port: high }\ndatabase: { url: "postgres://u:p@h/d" }'
    const env = { SALLYPORT_CONTROL_PORT: '4200', SALLYPORT_DATABASE_URL: 'sqlite:a.db' }
    const problems = await problemsOf(written, { env })
    expect(problems.map((problem) => [problem.path, problem.line])).toEqual([
      ['control.port', 1],
      ['database.url', 2],
    ])
  })

  test('variables that are not ours, or not for the configuration, are left alone', async () => {
    const env = {
      HOME: '/',
      SALLYPORT_KEY: 'k',
      SALLYPORT_SERVER: '',
      SALLYPORT_TEST_PG_URL: 'x',
      SALLYPORT_VECTORS: 'x',
      SALLYPORT_REQUIRE_SERVICES: '1',
    }
    expect(await problemsOf('', { env })).toEqual([])
  })
})

describe('relative paths', () => {
  test('start at the folder of the file that holds them, else at the working directory', async () => {
    await inFolder(
      {
        'sallyport.yaml':
          'data: state\naudit: { checkpointFile: ../c }\ngeo: { database: g.mmdb }\ndatabase: { url: "sqlite:a/b.db" }',
      },
      async (folder) => {
        const env = { SALLYPORT_MASTER_KEY_FILE: 'key' }
        const loaded = await loadConfig({ file: join(folder, 'sallyport.yaml'), cwd: '/srv', env })
        if (!loaded.ok) throw new Error('refused')
        const { data, audit, geo, database, master } = loaded.value
        expect(data).toBe(join(folder, 'state'))
        expect(audit.checkpointFile).toBe(join(folder, '..', 'c'))
        expect(geo.database).toBe(join(folder, 'g.mmdb'))
        expect(database.url.reveal()).toBe(`sqlite:${join(folder, 'a/b.db')}`)
        expect(master.keyFile).toBe('/srv/key')
      },
    )
  })

  test('the embedded database lies in the data folder, wherever that is', async () => {
    const config = await configOf('', { cwd: '/srv', overrides: { data: 'd' } })
    expect([config.data, config.database.url.reveal()]).toEqual(['/srv/d', 'sqlite:/srv/d/sallyport.db'])
  })
})

describe('a loaded configuration', () => {
  const env = {
    SALLYPORT_DATABASE_URL: 'postgres://u:planted-one@h/d',
    SALLYPORT_REDIS_URL: 'redis://:planted-two@h',
    SALLYPORT_MASTER_PASSPHRASE: 'planted-three',
  }

  test('prints no secret, and reveals it when asked', async () => {
    const config = await configOf(ROUTE, { env })
    for (const shown of [
      JSON.stringify(config),
      inspect(config, { depth: 20, showHidden: true }),
      `${Object.values(config.master)}`,
    ]) {
      expect(shown).not.toContain('planted')
    }
    expect(config.database.url.reveal()).toBe(env.SALLYPORT_DATABASE_URL)
    expect(config.redis.url?.reveal()).toBe(env.SALLYPORT_REDIS_URL)
    expect(config.master.passphrase?.reveal()).toBe('planted-three')
  })

  test('can not be changed, at any depth', async () => {
    const config = await configOf(ROUTE, { env })
    const parts: unknown[] = [config]
    for (const part of parts) {
      expect(Object.isFrozen(part)).toBe(true)
      parts.push(...Object.values(part as object).filter((value) => typeof value === 'object' && value !== null))
    }
    expect(parts.length).toBeGreaterThan(20)
  })
})

describe('the file', () => {
  test('is the one that is named, by option before variable', async () => {
    await inFolder(
      { 'a.yaml': 'control: { port: 1 }', 'b.yml': 'control: { port: 2 }', 'sallyport.yaml': 'control: { port: 3 }' },
      async (cwd) => {
        const port = async (file: string | undefined, env: Record<string, string>) => {
          const loaded = await loadConfig({ file, cwd, env })
          return loaded.ok && loaded.value.control.port
        }
        expect(await port('a.yaml', { SALLYPORT_CONFIG: 'b.yml' })).toBe(1)
        expect(await port(undefined, { SALLYPORT_CONFIG: 'b.yml' })).toBe(2)
        expect(await port(undefined, {})).toBe(3)
      },
    )
  })

  const at = (files: Record<string, string | Uint8Array>, file?: string) =>
    inFolder(files, async (cwd) => {
      const loaded = await loadConfig({ file, cwd, env: {} })
      return loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem).replaceAll(cwd, ''))
    })

  test.each([
    ['is not there', {}, 'a.yaml', 'a.yaml: there is no such file'],
    ['is a TypeScript file that is not there', {}, 'a.config.ts', 'a.config.ts: there is no such file'],
    ['is a folder', {}, '.', 'is of no kind that is read'],
    [
      'is of another kind',
      { 'a.toml': '' },
      'a.toml',
      'a.toml: a.toml is of no kind that is read; it must end in .yaml',
    ],
    ['is not UTF-8', { 'a.yaml': Uint8Array.of(0x61, 0xff) }, 'a.yaml', 'a.yaml: is not UTF-8 text'],
    ['is larger than 1 MB', { 'a.yaml': `#${' '.repeat(1024 * 1024)}` }, 'a.yaml', 'a.yaml: is larger than 1 MB'],
  ] as const)('%s: told', async (_, files, file, sentence) => {
    const problems = await at(files, file)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(sentence)
  })

  test('of exactly 1 MB is read', async () => {
    expect(await at({ 'a.yaml': `#${' '.repeat(1024 * 1024 - 1)}` }, 'a.yaml')).toEqual([])
  })

  test('by both usual names at once is refused', async () => {
    const problems = await at({ 'sallyport.yaml': '', 'sallyport.config.ts': '' })
    expect(problems).toEqual([
      '/sallyport.yaml: both sallyport.yaml and sallyport.config.ts are here; remove one, or say which with --config',
    ])
  })

  test('by nearly the usual name is not passed over in silence', async () => {
    expect((await at({ 'sallyport.yml': '' }))[0]).toContain('a file of this name is not read by itself')
  })
})

describe('a TypeScript configuration', () => {
  const load = (source: string) =>
    inFolder({ 'sallyport.config.ts': source }, async (cwd) => {
      const loaded = await loadConfig({ cwd, env: {} })
      return loaded.ok ? loaded.value : loaded.problems.map((problem) => formatProblem(problem).replaceAll(cwd, ''))
    })

  test('is read like YAML, and an undefined value is an absent one', async () => {
    const config = await load('const port: number = 4100\nexport default { control: { port }, data: undefined }')
    expect(config).toMatchObject({ control: { port: 4100 } })
  })

  test.each([
    [
      'tells mistakes by path',
      'export default { control: { prt: 1 } }',
      'sallyport.config.ts: control.prt: there is no setting "prt" here; did you mean "port"?',
    ],
    [
      'holds no secret',
      'export default { master: { key: "k" } }',
      'sallyport.config.ts: master.key: is not read from a file',
    ],
    [
      'holds no function',
      'export default { data: () => "a" }',
      'sallyport.config.ts: data: must be a text, not a function',
    ],
    [
      'holds no object of a class',
      'export default { log: new Date() }',
      'sallyport.config.ts: log: must hold level, not an object of a class',
    ],
    ['has a default export', 'export const config = {}', 'sallyport.config.ts: has no default export'],
    [
      'does not throw',
      'throw new Error("no database today")',
      'sallyport.config.ts: could not be loaded: no database today',
    ],
    [
      'does not hold itself',
      'const a: Record<string, unknown> = {}\na.log = a\nexport default a',
      'sallyport.config.ts: could not be loaded: it is too deep',
    ],
    [
      'has readable values',
      'export default { get data() { throw new Error("not today") } }',
      'sallyport.config.ts: could not be loaded: not today',
    ],
  ])('%s', async (_, source, sentence) => {
    const problems = await load(source)
    expect(problems).toHaveLength(1)
    expect((problems as string[])[0]).toContain(sentence)
  })
})

test('more mistakes than anyone reads are cut, and that is said', async () => {
  const yaml = Array.from({ length: 5000 }, (_, i) => `wrong${i}: 1`).join('\n')
  const problems = await problemsOf(yaml)
  expect(problems).toHaveLength(101)
  expect(problems.at(-1)?.message).toBe('there are more mistakes than are listed here')
})

test('the sample that `sallyport init` writes loads without a problem', async () => {
  const loaded = await loadYaml(sampleConfig({ schema: './sallyport.schema.json' }))
  expect(loaded.ok ? [] : loaded.problems).toEqual([])
})
