import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { Secret } from '../../core/index.ts'
import { createHashPool } from './hash-pool.ts'

const errors: unknown[] = []
const pool = createHashPool({ threads: 2, waiting: 64, onError: (error) => errors.push(error) })
afterAll(pool.stop)

async function hashOf(text: string): Promise<string> {
  const made = await pool.hash(new Secret(text))
  if (made.is !== 'hashed') throw new Error(made.is)
  return made.hash
}

describe('a hash that is made', () => {
  test('is argon2id with 64 MiB, three passes and four lanes, and never the same', async () => {
    const form = /^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/
    const [one, two] = await Promise.all([hashOf('correct horse battery'), hashOf('correct horse battery')])
    expect(one).toMatch(form)
    expect(two).toMatch(form)
    expect(one).not.toBe(two)
  })

  test('fits its password and no other, and is not stale', async () => {
    const hash = await hashOf('correct horse battery')
    expect(await pool.verify(hash, new Secret('correct horse battery'))).toEqual({ is: 'right', stale: false })
    expect(await pool.verify(hash, new Secret('correct horse batterz'))).toEqual({ is: 'wrong' })
    expect(await pool.verify(hash, new Secret(''))).toEqual({ is: 'wrong' })
  })

  test.each([
    ['composed or decomposed', 'Gr\u00fc\u00dfe aus K\u00f6ln', 'Gru\u0308\u00dfe aus Ko\u0308ln'],
    ['wide or narrow', 'ｐａｓｓｗｏｒｄ １２３４', 'password 1234'],
    ['with a ligature or without', 'ﬁnest of all', 'finest of all'],
  ])('fits the same text %s, whichever was hashed', async (_what, one, two) => {
    expect(await pool.verify(await hashOf(one), new Secret(two))).toMatchObject({ is: 'right' })
    expect(await pool.verify(await hashOf(two), new Secret(one))).toMatchObject({ is: 'right' })
  })

  test('tells the characters beyond the basic plane apart', async () => {
    const hash = await hashOf('🐴🔋📎🐴🔋📎🐴🔋📎🐴🔋📎')
    expect(await pool.verify(hash, new Secret('🐴🔋📎🐴🔋📎🐴🔋📎🐴🔋📎'))).toMatchObject({ is: 'right' })
    expect(await pool.verify(hash, new Secret('🐴🔋📎🐴🔋📎🐴🔋📎🐴🔋🔌'))).toEqual({ is: 'wrong' })
  })
})

describe('a password longer than 1024 bytes', () => {
  const long = new Secret('ü'.repeat(513))

  test('is refused before any work is done with it', async () => {
    const idle = createHashPool({ threads: 1, waiting: 0, onError: (error) => errors.push(error) })
    await idle.stop()
    // A pool that is stopped answers busy to whatever reaches its threads.
    expect(await idle.hash(new Secret('short enough'))).toMatchObject({ is: 'busy' })
    expect(await idle.hash(long)).toEqual({ is: 'too-long' })
    expect(await idle.waste(long)).toEqual({ is: 'wrong' })
    expect(await idle.verify('$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQ', long)).toEqual({ is: 'wrong' })
  })

  test('and one of exactly as many is hashed', async () => {
    const most = '😀'.repeat(256)
    expect(await pool.verify(await hashOf(most), new Secret(most))).toMatchObject({ is: 'right' })
  })
})

describe('an account that does not exist', () => {
  test('is never let in', async () => {
    expect(await pool.waste(new Secret('correct horse battery'))).toEqual({ is: 'wrong' })
  })

  test('costs what one that exists costs: busy comes for both at the same place of the line', async () => {
    const small = createHashPool({ threads: 1, waiting: 1, onError: (error) => errors.push(error) })
    const hash = await hashOf('correct horse battery')
    const password = new Secret('a wrong password')
    const wasted = await Promise.all([small.waste(password), small.waste(password), small.waste(password)])
    const verified = await Promise.all([1, 2, 3].map(() => small.verify(hash, password)))
    expect(wasted.map(({ is }) => is)).toEqual(['wrong', 'wrong', 'busy'])
    expect(verified.map(({ is }) => is)).toEqual(['wrong', 'wrong', 'busy'])
    await small.stop()
  })
})

test('a hash that cannot be read fits nothing, and is told of without being shown', async () => {
  errors.length = 0
  expect(await pool.verify('$6$saltsalt$secrethash', new Secret('correct horse battery'))).toEqual({ is: 'wrong' })
  expect(String(errors[0])).toBe('Error: a hash of a password cannot be read: its kind is not known')
})

test('the event loop goes on while passwords are hashed', async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  await Promise.all([1, 2, 3, 4].map(() => hashOf('correct horse battery')))
  clearInterval(counting)
  expect(turns).toBeGreaterThan(4)
})

test('a hashing is finished before the process ends, and its threads do not keep it', async () => {
  const script = `
    const { createHashPool } = await import(${JSON.stringify(new URL('./hash-pool.ts', import.meta.url).href)})
    const pool = createHashPool({ threads: 1, waiting: 1, onError: console.error })
    console.log((await pool.hash({ reveal: () => 'correct horse battery' })).is)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  expect(stdout).toBe('hashed\n')
})

test.skipIf(!existsSync('/proc/self/task'))('the threads stand back behind the requests', async () => {
  await hashOf('correct horse battery')
  const threads = readdirSync('/proc/self/task')
  const niceness = new Map(threads.map((id) => [id, nicenessOf(id)]))
  expect(niceness.get(String(process.pid))).toBeLessThan(10)
  expect([...niceness.values()]).toContain(10)
})

// proc_pid_stat(5): the 19th field, counted behind the name in brackets.
function nicenessOf(id: string): number {
  const line = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[16])
}
