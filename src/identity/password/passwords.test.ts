import { afterAll, expect, test } from 'vitest'
import { Secret } from '../../core/index.ts'
import { createPasswords } from './passwords.ts'
import { PASSWORD_DEFAULTS } from './settings.ts'

const errors: unknown[] = []
const passwords = createPasswords({
  settings: { ...PASSWORD_DEFAULTS, threads: 2, breach: { ...PASSWORD_DEFAULTS.breach, mode: 'off' } },
  onError: (error) => errors.push(error),
})
afterAll(passwords.stop)

async function hashOf(text: string): Promise<string> {
  const made = await passwords.hash(new Secret(text))
  if (made.is !== 'hashed') throw new Error(made.is)
  return made.hash
}

test.each(['characters', 'words'] as const)(
  'a password generated of %s is fine, and lets its owner in',
  async (kind) => {
    const made = await passwords.generate(kind)
    if (made.is !== 'generated') throw new Error(made.is)
    expect(await passwords.judge(made.password, { language: 'en' })).toEqual({ is: 'fine', score: 4 })
    const hash = await hashOf(made.password.reveal())
    expect(await passwords.verify(hash, made.password)).toEqual({ is: 'right', stale: false })
    expect(String(made.password)).toBe('[secret]')
  },
)

test('a brought hash lets its owner in and is replaced by one that is not stale', async () => {
  const brought = '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44'
  const password = new Secret('password')
  expect(await passwords.verify(brought, password)).toEqual({ is: 'right', stale: true })
  expect(await passwords.verify(await hashOf('password'), password)).toEqual({ is: 'right', stale: false })
})

test('one of the last five is not new, the one before them is', async () => {
  const hashes = await Promise.all(['six', 'five', 'four', 'three', 'two', 'one'].map((it) => hashOf(`${it} horse`)))
  expect(await passwords.wasUsed(new Secret('two horse'), hashes)).toEqual({ is: 'used' })
  expect(await passwords.wasUsed(new Secret('one horse'), hashes)).toEqual({ is: 'new' })
})

test('a check that is switched off says so', async () => {
  expect(await passwords.breached(new Secret('password'))).toEqual({ is: 'unchecked' })
})

test('once stopped, everything that needs a thread is busy', async () => {
  const stopped = createPasswords({ settings: PASSWORD_DEFAULTS, onError: (error) => errors.push(error) })
  await stopped.stop()
  const password = new Secret('correct horse battery')
  const answers = await Promise.all([
    stopped.hash(password),
    stopped.waste(password),
    stopped.judge(password, { language: 'en' }),
    stopped.generate('words'),
  ])
  expect(answers.map(({ is }) => is)).toEqual(['busy', 'busy', 'busy', 'busy'])
  expect(errors).toEqual([])
})
