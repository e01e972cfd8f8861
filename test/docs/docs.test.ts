import { describe, expect, it } from 'vitest'
import { canUse, freshDatabase, redis } from '../support/backends.ts'
import type { Block } from './page.ts'
import { blocksOf, PAGES } from './read.ts'
import { runPage } from './run-page.ts'
import { typeCheck } from './type-check.ts'

const KNOWN = ['sh', 'text', 'json', 'http', 'yaml', 'ts', 'js']
const MOST_NOT_RUN = 6
const PAGE_MS = 300_000

const blocks = PAGES.map((page) => [page, blocksOf(page)] as const)
const all = blocks.flatMap(([, own]) => own)
const runnable = blocks.filter(([, own]) => own.some(({ language }) => language === 'sh' || language === 'yaml'))

const NEEDED = ['postgres', 'redis', 'oathtool'] as const

const has = (service: string): boolean => NEEDED.some((name) => name === service && canUse[name])

// The addresses that pages use as examples, and those of this machine's services.
async function addresses(own: readonly Block[]) {
  const wanted = own.some(({ needs }) => needs.includes('postgres')) && canUse.postgres && canUse.redis
  if (!wanted) return { replace: {}, drop: async () => undefined }
  const [database, redisUrl] = await Promise.all([freshDatabase(), redis()])
  return {
    replace: {
      'postgres://sallyport:PASSWORD@db.example.com/sallyport': database.url,
      'rediss://:PASSWORD@redis.example.com:6379/0': redisUrl,
    },
    drop: database.drop,
  }
}

describe('the documents do what they say', () => {
  // A page waits as long as it tells its reader to. With all pages on a busy machine that may once be too short.
  it.concurrent.each(runnable)('%s', { timeout: PAGE_MS, retry: 1 }, async (_page, own) => {
    const { replace, drop } = await addresses(own)
    try {
      await runPage(own, has, replace)
    } finally {
      await drop()
    }
  })

  it(
    'shows programs that the compiler accepts',
    () => {
      const programs = all.filter(({ language, notRun }) => /^[tj]s$/.test(language) && notRun === null)
      expect(typeCheck(programs)).toBe('')
    },
    PAGE_MS,
  )

  it('has blocks of known kinds only', () => {
    const unknown = all.filter(({ language }) => !KNOWN.includes(language)).map(({ page, line }) => `${page}:${line}`)
    expect(unknown).toEqual([])
  })

  it('leaves few blocks out, each with its reason', () => {
    const left = all.filter(({ notRun }) => notRun !== null)
    for (const { page, line, notRun } of left) console.log(`not run: ${page}:${line}: ${notRun}`)
    const lacking = all.filter(({ needs }) => needs.some((name) => !has(name)))
    for (const { page, line, needs } of lacking) console.log(`not run here: ${page}:${line}: needs ${needs.join(', ')}`)
    expect(left.length).toBeLessThanOrEqual(MOST_NOT_RUN)
  })
})
