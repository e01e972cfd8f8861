import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { Secret } from '../core/index.ts'
import { defineConfig } from './define.ts'
import { describeConfig } from './describe.ts'
import { displayUrl } from './display.ts'
import { renderConfigurationDoc } from './document.ts'
import { variablesOf } from './environment.ts'
import { inspectForm } from './interpret.ts'
import { configJsonSchema } from './json-schema.ts'
import { createReport } from './problem.ts'
import { sampleConfig } from './sample.ts'
import { configNode } from './schema.ts'
import { configOf, problemsOf } from './testing.ts'
import { treeOf } from './tree.ts'

/** Promised to operators: these names do not change. */
const PROMISED = [
  'SALLYPORT_DATA',
  'SALLYPORT_CONTROL_PORT',
  'SALLYPORT_GATEWAY_PORT',
  'SALLYPORT_HOST',
  'SALLYPORT_ISSUER',
  'SALLYPORT_DATABASE_URL',
  'SALLYPORT_REDIS_URL',
  'SALLYPORT_MASTER_KEY',
  'SALLYPORT_MASTER_KEY_FILE',
  'SALLYPORT_LOG_LEVEL',
]

describe('the description of all settings', () => {
  const rows = describeConfig()

  test('gives every value of the schema one variable, and those that operators rely on', () => {
    const names = variablesOf(configNode).map((variable) => variable.name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(PROMISED))
    expect(rows.flatMap((row) => row.variable ?? [])).toEqual(names)
  })

  test('has a sentence for each', () => {
    for (const { sentence, path } of rows) expect(sentence, path).toMatch(/^[A-Z`].*\.$/)
  })
})

describe('the page about configuration', () => {
  const page = renderConfigurationDoc()

  test('names every setting, every variable and everything that this version lacks', () => {
    for (const row of describeConfig()) {
      expect(page).toContain(`\`${row.path}\``)
      if (row.variable !== null) expect(page).toContain(`\`${row.variable}\``)
    }
  })

  test('shows a problem for every mistake that it lists', () => {
    const shown = [...page.matchAll(/```text\n([^`]*?)\n```/g)].map(([, lines]) => lines)
    expect(shown.length).toBeGreaterThan(8)
    for (const lines of shown) expect(lines).toMatch(/^sallyport\.yaml:\d+:\d+: /)
  })

  test('has a TypeScript example that loads', async () => {
    const config = defineConfig({
      gateway: {
        upstreams: { orders: { targets: ['http://127.0.0.1:9090'] } },
        routes: [
          {
            id: 'orders',
            match: { path: '/orders/**', methods: ['GET', 'POST'] },
            upstream: 'orders',
            authenticate: ['apiKey'],
            require: { level: 'known' },
            limits: [{ by: 'key', max: 1000, per: 'minute' }],
          },
        ],
      },
    })
    expect((await configOf('', { overrides: config })).gateway.routes[0]?.limits[0]?.per).toBe(60_000)
  })
})

describe('the sample', () => {
  test('says every default and example as a comment, and they are right', async () => {
    const all = sampleConfig().replace(/^( *)#(?=\S| {2})/gm, '$1')
    expect(Object.keys(parse(all))).toEqual(Object.keys(configNode.properties ?? {}))
    expect(await problemsOf(all)).toEqual([])
    for (const name of ['control', 'log', 'keys', 'audit'] as const) {
      expect((await configOf(all))[name]).toEqual((await configOf(''))[name])
    }
  })

  test('names the schema for editors in its first line when there is one', () => {
    expect(sampleConfig({ schema: './s.json' })).toMatch(/^# yaml-language-server: \$schema=\.\/s\.json\n/)
  })
})

describe('the schema for editors', () => {
  const accepts = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(configJsonSchema())
  const isRead = (value: unknown) => {
    const report = createReport()
    inspectForm(treeOf(value, { from: 'file' }), report)
    return report.isEmpty()
  }

  test('accepts the sample', () => {
    accepts(parse(sampleConfig()))
    expect(accepts.errors).toBeNull()
  })

  test.each([
    { contrl: {} },
    { control: { port: '4000' } },
    { audit: { flushEvery: 5 } },
    { audit: { flushEvery: '5 s' } },
    { log: { level: 'loud' } },
    { master: { key: 'k' } },
    { gateway: { upstreams: { a: {} } } },
    { gateway: { upstreams: { 'a b': { targets: ['http://a'] } } } },
    { gateway: { routes: [{ id: 'a' }] } },
  ])('refuses %j, as loading does', (value) => {
    expect([accepts(value), isRead(value)]).toEqual([false, false])
  })

  test('accepts whatever is read', () => {
    const word = fc.constantFrom<unknown>(
      'a',
      '/a',
      'http://a',
      '1s',
      '1mb',
      'minute',
      'GET',
      'apiKey',
      'key',
      'info',
      'sp',
      '',
      0,
      1,
      70_000,
      1.5,
      true,
      null,
      [],
      {},
    )
    const settings = fc.tuple(fc.constantFrom(...describeConfig()), word)
    fc.assert(
      fc.property(fc.array(settings, { maxLength: 5 }), (chosen) => {
        const value = {}
        for (const [{ path }, written] of chosen) place(value, path.split('.'), written)
        if (isRead(value)) expect(accepts(value), JSON.stringify(accepts.errors)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

/** Writes a value at a described path: `[]` becomes the first position of a list, `*` the name `a`. */
function place(into: Record<string, unknown>, [first = '', ...rest]: string[], value: unknown): void {
  const name = first === '*' ? 'a' : first.replace('[]', '')
  if (rest.length === 0) {
    into[name] ??= value
    return
  }
  const inner: Record<string, unknown> = {}
  const old = into[name]
  if (old === undefined) into[name] = first.endsWith('[]') ? [inner] : inner
  const next = Array.isArray(into[name]) ? into[name][0] : into[name]
  if (typeof next === 'object' && next !== null) place(next as Record<string, unknown>, rest, value)
}

test.each([
  ['postgres://user:hunter2@db.example.com:5432/app?sslmode=require', 'postgres://db.example.com:5432/app'],
  ['redis://:hunter2@h:6379/0', 'redis://h:6379/0'],
  ['sqlite:/srv/a.db', 'sqlite:/srv/a.db'],
  ['nothing readable', '[secret]'],
])('an address for people hides who connects: %s', (url, shown) => expect(displayUrl(new Secret(url))).toBe(shown))
