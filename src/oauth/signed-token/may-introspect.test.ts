import { describe, expect, it } from 'vitest'
import { DEFAULT_ORGANIZATION } from '../../core/index.ts'
import { mayIntrospect } from './may-introspect.ts'

const API = 'https://api.example.com'
const asking = { id: 'cli_api', kind: 'confidential', resources: [API], organization: 'org_a' } as const
const token = { clientId: 'cli_shop', audience: [API], organization: 'org_a' }

describe('a client that asks about a token', () => {
  it.each([
    ['of its own, whatever it is for', asking, { ...token, clientId: 'cli_api', audience: [], organization: 'org_b' }],
    ['for an API that it stands for', asking, token],
    ['for any API, where it stands for all', { ...asking, resources: [] }, token],
    ['of any organization, where it serves all', { ...asking, organization: DEFAULT_ORGANIZATION }, token],
  ])('is told of one %s', (_, client, about) => {
    expect(mayIntrospect(client, about)).toBe(true)
  })

  it.each([
    ['for another API', { ...asking, resources: ['https://other.example.com'] }, token],
    ['for no API', asking, { ...token, audience: [] }],
    ['of another organization', { ...asking, resources: [] }, { ...token, organization: 'org_b' }],
    ['of no organization', { ...asking, resources: [] }, { ...token, organization: null }],
    ['where it proves nothing', { ...asking, kind: 'public' as const }, token],
  ])('is told nothing of one %s', (_, client, about) => {
    expect(mayIntrospect(client, about)).toBe(false)
  })
})
