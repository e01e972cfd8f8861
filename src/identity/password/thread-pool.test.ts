import { afterEach, describe, expect, test, vi } from 'vitest'
import { createThreadPool, type ThreadPool } from './thread-pool.ts'

const open: ThreadPool<string, string>[] = []

function openPool(threads: number, waiting: number, file = './testing/odd-thread.ts', rest: { idleFor?: number } = {}) {
  const errors: unknown[] = []
  const pool = createThreadPool<string, string>({
    file: new URL(file, import.meta.url),
    threads,
    waiting,
    onError: (error) => errors.push(error),
    ...rest,
  })
  open.push(pool)
  return { pool, errors }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.stop()))
})

describe('threads that answer questions', () => {
  test('answer all that fit in the line, and refuse the rest at once with a time to come back', async () => {
    const { pool } = openPool(2, 3)
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((it) => pool.ask(it)))
    expect(answers.slice(0, 5)).toEqual(['a', 'b', 'c', 'd', 'e'].map((it) => `${it} answered`))
    expect(answers[5]).toEqual({ is: 'busy', retryAfter: expect.any(Number) })
    const { retryAfter } = answers[5] as { retryAfter: number }
    expect(retryAfter).toBeGreaterThanOrEqual(1)
    expect(Number.isInteger(retryAfter)).toBe(true)
    expect(await pool.ask('g')).toBe('g answered')
  })

  test('lose only the question of the thread that ended, and start another for the next', async () => {
    const { pool } = openPool(1, 8)
    const answers = await Promise.all(['a', 'end', 'b', 'c'].map((it) => pool.ask(it)))
    expect(answers).toEqual(['a answered', { is: 'busy', retryAfter: expect.any(Number) }, 'b answered', 'c answered'])
  })

  test('throw what a thread threw, and go on', async () => {
    const { pool } = openPool(1, 8)
    await expect(pool.ask('fail')).rejects.toThrow('as it was told')
    expect(await pool.ask('a')).toBe('a answered')
  })

  test('that cannot start answer busy to everyone and tell why', async () => {
    const { pool, errors } = openPool(1, 8, './testing/no-such-thread.ts')
    const answers = await Promise.all(['a', 'b', 'c'].map((it) => pool.ask(it)))
    expect(answers.map((it) => (typeof it === 'object' ? it.is : it))).toEqual(['busy', 'busy', 'busy'])
    expect(errors).toHaveLength(3)
  })

  test('end when nobody asks them for long, and start again', async () => {
    const { pool, errors } = openPool(1, 8, undefined, { idleFor: 20 })
    const [first, next] = await Promise.all([pool.ask('who'), pool.ask('who')])
    expect(next).toBe(first)
    await vi.waitFor(async () => expect(await pool.ask('who')).not.toBe(first), { interval: 100, timeout: 20_000 })
    expect(errors).toEqual([])
  })

  test('answer busy once they are stopped, to those who wait as well', async () => {
    const { pool } = openPool(1, 8)
    const asked = ['a', 'b', 'c'].map((it) => pool.ask(it))
    await pool.stop()
    const answers = await Promise.all([...asked, pool.ask('d')])
    expect(answers.map((it) => (typeof it === 'object' ? it.is : it))).toEqual(['busy', 'busy', 'busy', 'busy'])
  })
})
