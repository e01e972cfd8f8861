import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { readEnvironment, variablesOf } from './environment.ts'
import { interpret } from './interpret.ts'
import { type ConfigProblem, createReport } from './problem.ts'
import { sampleConfig } from './sample.ts'
import { configNode } from './schema.ts'
import { emptyBranch, layOver } from './tree.ts'
import { readYaml } from './yaml.ts'

const PLACES = { cwd: '/srv', file: '/srv/sallyport.yaml' }

/** What loading does with the text of a file, without the file. */
function read(text: string, env: Record<string, string> = {}) {
  const report = createReport()
  const top = { from: 'file', file: 'sallyport.yaml' } as const
  const file = readYaml(text, top, report) ?? emptyBranch(top)
  const config = interpret(layOver(configNode, file, readEnvironment(env, configNode, report)), report, PLACES)
  return { config, problems: report.problems() }
}

/** Either a whole configuration or at least one problem; never both, never an exception. */
function expectOneOfBoth({ config, problems }: { config: unknown; problems: readonly ConfigProblem[] }) {
  expect(config === null).toBe(problems.length > 0)
}

test('any text is a configuration or problems, never an exception', () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'a',
        'gateway',
        'routes',
        ':',
        ': ',
        '\n',
        '  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        '"',
        "'",
        '&x ',
        '*x',
        '|',
        '>',
        '#',
        '!t ',
        '%',
        '---',
        '?',
        ',',
        '\t',
        '0',
        '\u0000',
        '<<',
      ),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary', maxLength: 200 })), (text) =>
      expectOneOfBoth(read(text)),
    ),
    { numRuns: 500 },
  )
})

test('any value at any setting, from the file or the environment, is a configuration or problems', () => {
  const variables = variablesOf(configNode)
  fc.assert(
    fc.property(
      fc.constantFrom(...variables),
      fc.jsonValue({ maxDepth: 4 }),
      fc.boolean(),
      ({ name, path }, value, inFile) => {
        const whole = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value)
        const result = inFile
          ? read(JSON.stringify(whole))
          : read('', { [name]: typeof value === 'string' ? value : JSON.stringify(value) })
        expectOneOfBoth(result)
      },
    ),
    { numRuns: 500 },
  )
})

test('any route, however made up, is a configuration or problems', () => {
  const part = fc.oneof(
    fc.constantFrom('a', '/a', 'apiKey', 'key', 'minute', 'GET', 1, true, null),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const route = fc.record(
    {
      id: part,
      match: fc.oneof(part, fc.record({ path: part, methods: fc.array(part) })),
      upstream: part,
      authenticate: fc.array(part),
      public: part,
      limits: fc.array(fc.oneof(part, fc.record({ by: part, max: part, per: part }))),
      require: part,
      input: part,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(route, { maxLength: 4 }), (routes) =>
      expectOneOfBoth(read(JSON.stringify({ gateway: { upstreams: { a: { targets: ['http://a'] } }, routes } }))),
    ),
    { numRuns: 500 },
  )
})

/** Every place in a value where a name is written, as a path. */
function namesIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => {
    const at = [...path, Array.isArray(value) ? Number(name) : name]
    return Array.isArray(value) ? namesIn(child, at) : [at, ...namesIn(child, at)]
  })
}

function renamed(value: unknown, [first, ...rest]: readonly (string | number)[], name: string): unknown {
  if (Array.isArray(value)) return value.map((item, i) => (i === first ? renamed(item, rest, name) : item))
  const entries = Object.entries(value as object)
  return Object.fromEntries(
    entries.map(([key, child]) =>
      key !== first ? [key, child] : rest.length === 0 ? [name, child] : [key, renamed(child, rest, name)],
    ),
  )
}

function misspelled(word: string, kind: number, at: number): string {
  const i = at % word.length
  if (kind === 0) return `${word.slice(0, i)}q${word.slice(i)}`
  if (kind === 1 && word.length > 2) return word.slice(0, i) + word.slice(i + 1)
  return `${word.slice(0, i)}${word[i] === 'q' ? 'x' : 'q'}${word.slice(i + 1)}`
}

test('the sample with any one name misspelled is refused at the path of the misspelled name', () => {
  const sample: unknown = parse(sampleConfig())
  const names = namesIn(sample).filter((path) => path.join('.') !== 'gateway.upstreams.orders')
  expect(names.length).toBeGreaterThan(20)
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(2), fc.nat(20), (path, kind, at) => {
      const wrong = misspelled(String(path.at(-1)), kind, at)
      const { problems } = read(stringify(renamed(sample, path, wrong)))
      const expected = [...path.slice(0, -1), wrong]
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
        .join('')
        .slice(1)
      expect(problems.map((problem) => problem.path)).toContain(expected)
    }),
    { numRuns: 300 },
  )
})
