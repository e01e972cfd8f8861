import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { createLocalApi } from '../../src/server/index.ts'
import { PAGES, ROOT } from './read.ts'

type OpenApi = { readonly paths: Record<string, Record<string, { readonly 'x-permission'?: readonly string[] }>> }

const CALL = /`(GET|POST|PATCH|PUT|DELETE) (\/[A-Za-z0-9/{}._-]*)`/g
const OURS = /^\/(v1|oauth|\.well-known|livez|readyz|metrics|version|openapi)/

let pages: readonly string[]
let api: OpenApi

beforeAll(async () => {
  pages = await Promise.all(PAGES.map((page) => readFile(join(ROOT, page), 'utf8')))
  api = await openApi()
})

describe('the HTTP interface in the documents', () => {
  it('names no call that does not exist', () => {
    const calls = pages.flatMap((text) =>
      [...text.matchAll(CALL)].map(([, method = '', path = '']) => ({ method, path })),
    )
    const unknown = calls.filter(
      ({ method, path }) => OURS.test(path) && api.paths[path]?.[method.toLowerCase()] === undefined,
    )
    expect(calls.length).toBeGreaterThan(10)
    expect(unknown).toEqual([])
  })

  it('names every permission that a call asks for', () => {
    const asked = Object.values(api.paths).flatMap((path) =>
      Object.values(path).flatMap((call) => call['x-permission'] ?? []),
    )
    const silent = [...new Set(asked)].filter((permission) => !pages.some((text) => text.includes(`\`${permission}\``)))
    expect(silent).toEqual([])
  })
})

async function openApi(): Promise<OpenApi> {
  const data = await mkdtemp(join(tmpdir(), 'sallyport-docs-api-'))
  const loaded = await loadConfig({ cwd: data, env: { SALLYPORT_DATA: data } })
  if (!loaded.ok) throw new Error('the defaults do not load')
  const local = await createLocalApi({ config: loaded.value, clock: systemClock })
  try {
    return (await local.call('GET', '/openapi.json')).body as OpenApi
  } finally {
    await local.close()
    await rm(data, { recursive: true })
  }
}
