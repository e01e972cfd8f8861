import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { anonymous, type Exchange, type Request } from '../../core/index.ts'
import { createGraphql, type GraphqlSettings } from './graphql.ts'

const SETTINGS: GraphqlSettings = {
  depth: 10,
  cost: 1000,
  aliases: 15,
  directives: 15,
  tokens: 2000,
  batch: 1,
  introspection: false,
  listSize: 10,
  schema: null,
  persisted: null,
}

function exchange(method: string, query = ''): Exchange {
  const request = { method, path: '/graphql', query, header: () => undefined } as unknown as Request
  return { request, principal: anonymous, route: { id: 'graphql', public: true } }
}

type Problems = { readonly code: string; readonly errors?: readonly { path: string; message: string }[] }
function told({ code, errors = [] }: Problems): string {
  const [error] = errors
  return error === undefined ? code : `${code} ${error.path} ${error.message}`.replace('  ', ' ')
}

function posted(body: unknown, over: Partial<GraphqlSettings> = {}, type = 'application/json', query = '') {
  const { step, rule } = createGraphql({ ...SETTINGS, ...over })
  const found = step.apply(exchange('POST', query), false)
  if (!(found instanceof Promise) && found?.is === 'deny') return told(found.problem)
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const ruling = rule.judge(exchange('POST'), {
    type,
    encoding: undefined,
    bytes,
    json: () => JSON.parse(bytes.toString()),
  })
  return ruling.is === 'body' ? null : told(ruling.problem)
}

const asked = (query: string, over: Partial<GraphqlSettings> = {}, variables?: object) =>
  posted({ query, variables }, over)

function got(query: Record<string, string>, over: Partial<GraphqlSettings> = {}) {
  const finding = createGraphql({ ...SETTINGS, ...over }).step.apply(
    exchange('GET', new URLSearchParams(query).toString()),
    false,
  )
  return finding instanceof Promise || finding?.is !== 'deny' ? null : told(finding.problem)
}

const nested = (depth: number) => `${'{a'.repeat(depth)}${'}'.repeat(depth)}`

describe('a GraphQL document', () => {
  it('is passed on while it asks for little', () => {
    expect(asked('query Q($id: ID!) { order(id: $id) { id lines(first: 5) { name } } }', {}, { id: '1' })).toBe(null)
    expect(asked('mutation { pay { id } }')).toBe(null)
    expect(asked('{ __typename }')).toBe(null)
  })

  it('has a depth, through fragments too', () => {
    expect(asked(nested(10))).toBe(null)
    expect(asked(nested(11))).toBe('GRAPHQL_TOO_COMPLEX depth is 11; at most 10 is given')
    const spread = 'query { a { ...F } } fragment F on T { b { ... on U { ...G } } } fragment G on T { c { d } }'
    expect(asked(spread, { depth: 4 })).toBe(null)
    expect(asked(spread, { depth: 3 })).toBe('GRAPHQL_TOO_COMPLEX depth is 4; at most 3 is given')
  })

  it('has a cost, which lists multiply', () => {
    expect(asked('{ a(first: 100) { b(first: 100) { c } } }')).toBe(
      'GRAPHQL_TOO_COMPLEX cost is 10101; at most 1000 is given',
    )
    expect(asked('{ a(first: 30) { b(last: 30) { c } } }')).toBe(null)
    expect(asked('query($n: Int = 5000) { a(limit: $n) { b } }')).toContain('cost is 5001')
    expect(asked('query($n: Int = 5) { a(limit: $n) { b } }', {}, { n: 5000 })).toContain('cost is 5001')
    expect(asked('{ a(first: -5000) { b } }')).toContain('cost is 5001')
    expect(asked('{ a(first: 1, last: 5000) { b } }')).toContain('cost is 5001')
  })

  it('cannot hide behind fragments that spread each other without end, or ever more of each other', () => {
    expect(asked('{ ...A } fragment A on T { a { ...B } } fragment B on T { b { ...A } }')).toBe(
      'GRAPHQL_MALFORMED has fragments that spread each other in a circle',
    )
    const doubling = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`,
    )
    const document = `{ ...F0 } ${doubling.join(' ')} fragment F60 on T { x }`
    expect(asked(document, { depth: 100 })).toBe('GRAPHQL_TOO_COMPLEX cost is over 1000000000; at most 1000 is given')
    expect(asked('{ ...None }')).toBe('GRAPHQL_MALFORMED spreads a fragment that is not there')
    expect(asked('{ a } fragment F on T { a } fragment F on T { b }')).toBe(
      'GRAPHQL_MALFORMED has two fragments of one name',
    )
  })

  it('has few aliases and directives, counted wherever fragments bring them', () => {
    const aliases = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: a`).join(' ')
    expect(asked(`{ ${aliases(15)} }`)).toBe(null)
    expect(asked(`{ ${aliases(16)} }`)).toBe('GRAPHQL_TOO_COMPLEX aliases is 16; at most 15 is given')
    expect(asked(`{ x { ...F } y { ...F } } fragment F on T { ${aliases(8)} }`)).toContain('aliases is 16')
    expect(asked(`{ a ${'@skip(if: false) '.repeat(16)} }`)).toBe(
      'GRAPHQL_TOO_COMPLEX directives is 16; at most 15 is given',
    )
  })

  it('has few tokens, and cannot exhaust the stack', () => {
    expect(asked(`{ ${'a '.repeat(2000)} }`)).toBe('GRAPHQL_MALFORMED has more than 2000 tokens')
    expect(asked(nested(4900), { tokens: 10_000 })).toMatch(/nested too deeply|depth is 4900/)
    expect(asked(`{ a(b: ${'['.repeat(4900)}${']'.repeat(4900)}) }`, { tokens: 10_000 })).toMatch(
      /nested too deeply|^null$/,
    )
  })

  it('asks for the schema only where it may', () => {
    for (const query of [
      '{ __schema { types { name } } }',
      '{ ...F } fragment F on Query { a: __type(name: "T") { name } }',
    ]) {
      expect(asked(query)).toBe('GRAPHQL_INTROSPECTION_REFUSED')
      expect(asked(query, { introspection: true })).toBe(null)
    }
  })

  it('is judged in each of its operations, whichever will run', () => {
    expect(asked(`query A { a } query B ${nested(11)}`)).toContain('depth is 11')
    expect(asked('fragment F on T { a }')).toBe('GRAPHQL_MALFORMED has no operation')
  })
})

describe('a GraphQL request', () => {
  it('is JSON, plain or a GET', () => {
    expect(posted('{ a }', {}, 'application/graphql')).toBe(null)
    expect(posted(nested(11), {}, 'application/graphql')).toContain('depth is 11')
    expect(got({ query: '{ a }', variables: '{"a":1}' })).toBe(null)
    expect(got({ query: nested(11) })).toContain('depth is 11')
    expect(got({ query: 'mutation { pay { id } }' })).toBe('GRAPHQL_MALFORMED changes something by GET')
    expect(got({ query: '{ a }', variables: '{"a":1,"a":2}' })).toBe(
      'GRAPHQL_MALFORMED has variables that are not JSON',
    )
    expect(got({})).toBe('GRAPHQL_MALFORMED has no query')
  })

  it.each([
    [{ query: 7 }, 'has a query that is not a text'],
    [{ query: '{ a', variables: {} }, 'cannot be read'],
    [{ query: '{ a }', variables: [] }, 'has variables that are no object'],
    [[], 'is an empty batch'],
    ['"{ a }"', 'is not an object'],
    [{}, 'has no query'],
  ])('%j is refused', (body, message) => {
    expect(posted(body)).toBe(`GRAPHQL_MALFORMED ${message}`)
  })

  it('has nothing in the URL of a POST, which some servers would prefer', () => {
    expect(posted({ query: '{ a }' }, {}, 'application/json', `query=${encodeURIComponent('{ b }')}`)).toBe(
      'GRAPHQL_MALFORMED may not be in the URL of a POST',
    )
  })

  it('comes in batches no larger than told, which are counted together', () => {
    const one = { query: '{ a(first: 400) { b } }' }
    expect(posted([one])).toBe(null)
    expect(posted([one, one])).toBe('GRAPHQL_TOO_COMPLEX batch is 2; at most 1 is given')
    expect(posted([one, one], { batch: 3 })).toBe(null)
    expect(posted([one, one, one], { batch: 3 })).toBe('GRAPHQL_TOO_COMPLEX cost is 1203; at most 1000 is given')
  })

  it('is one of those that are known, where only those run', () => {
    const known = '{ orders { id } }'
    const hash = createHash('sha256').update(known).digest('hex')
    const persisted = JSON.stringify({ [hash]: known })
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } }
    expect(posted({ query: known }, { persisted })).toBe(null)
    expect(posted({ extensions }, { persisted })).toBe(null)
    expect(got({ extensions: JSON.stringify(extensions) }, { persisted })).toBe(null)
    expect(posted({ query: '{ orders { id secret } }' }, { persisted })).toBe('GRAPHQL_NOT_PERSISTED')
    expect(posted({ query: '{ other }', extensions }, { persisted })).toBe(
      'GRAPHQL_MALFORMED has a SHA-256 of another document',
    )
    expect(posted({ extensions })).toBe('GRAPHQL_MALFORMED has no query, only its SHA-256')
    expect(() => createGraphql({ ...SETTINGS, persisted: `{"${hash}":"{ a }"}` })).toThrow(
      'is not the SHA-256 of its document',
    )
  })
})

describe('with GitHub’s schema', () => {
  const schema = readFileSync(
    new URL('../../../node_modules/@octokit/graphql-schema/schema.graphql', import.meta.url),
    'utf8',
  )
  const over = { schema }
  const { step, rule } = createGraphql({ ...SETTINGS, ...over })
  const judged = (query: string, variables = {}) => {
    const body = { query, variables }
    const bytes = Buffer.from(JSON.stringify(body))
    const found = step.apply(exchange('POST'), false)
    const ruling = rule.judge(exchange('POST'), {
      type: 'application/json',
      encoding: undefined,
      bytes,
      json: () => body,
    })
    return ruling.is === 'body' && found === undefined ? null : ruling.is === 'deny' ? told(ruling.problem) : 'head'
  }

  it('a usual request passes', () => {
    const query = `query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id
      issues(first: 20, states: OPEN) { edges { node { ...I } } pageInfo { hasNextPage endCursor } } } }
      fragment I on Issue { number title author { login ... on User { name } } labels(first: 5) { nodes { name } } }`
    expect(judged(query, { owner: 'octocat', name: 'hello' })).toBe(null)
  })

  it('pages in pages cost what they would bring', () => {
    expect(judged('{ viewer { repositories(first: 100) { nodes { issues(first: 100) { nodes { id } } } } } }')).toBe(
      'GRAPHQL_TOO_COMPLEX cost is 20202; at most 1000 is given',
    )
  })

  it('lists that do not say how many count as ten', () => {
    const query = '{ codesOfConduct { id name body } }'
    expect(asked(query, { ...over, cost: 31 })).toBe(null)
    expect(asked(query, { ...over, cost: 30 })).toBe('GRAPHQL_TOO_COMPLEX cost is 31; at most 30 is given')
  })

  it('fields that there are not are refused', () => {
    expect(judged('{ viewer { passwordHash } }')).toBe('GRAPHQL_MALFORMED asks for a field that User does not have')
    expect(judged('{ viewer { ... on Nobody { id } } }')).toBe(
      'GRAPHQL_MALFORMED names a type that the schema does not have',
    )
  })
})
