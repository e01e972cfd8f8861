import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../core/index.ts'
import type { SecretStore } from './secret-store.ts'
import { createSecretStores, type SecretStoreSettings } from './stores.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-stores-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (settings: Partial<SecretStoreSettings>, env: Record<string, string> = {}): SecretStore => {
  const whole = { kind: 'file', folder: null, file: null, versions: 3, ...settings } as const
  const store = createSecretStores({ tried: whole }, env).get('tried')
  if (store === null) throw new Error('the store is not there')
  return store
}

const ADAPTERS = [
  {
    adapter: 'file',
    settings: () => ({ kind: 'file', folder: join(folder, 'keys') }) as const,
    one: 'billing/api',
    two: 'billing/web',
    other: 'crm',
  },
  {
    adapter: 'environment with a file',
    settings: () => ({ kind: 'environment', file: join(folder, '.env') }) as const,
    one: 'BILLING_API',
    two: 'BILLING_WEB',
    other: 'CRM',
  },
]

describe.each(ADAPTERS)('a secret store of kind $adapter', ({ settings, one, two, other }) => {
  let store: SecretStore
  beforeEach(() => {
    store = open(settings())
  })
  const value = async (path: string, version?: string) => (await store.get(path, version))?.reveal() ?? null

  it('gives back what was put there, and nothing for what was not', async () => {
    expect(await value(one)).toBeNull()
    await store.put(one, new Secret('sp_live_first'))
    expect(await value(one)).toBe('sp_live_first')
    expect(await value(two)).toBeNull()
  })

  it('keeps the former value of a rotation under its version', async () => {
    const put = await store.put(one, new Secret('first'))
    const rotated = await store.rotate(one, new Secret('second'))
    expect(rotated.previous).toBe(put.version)
    expect(rotated.version).not.toBe(put.version)
    expect([await value(one), await value(one, put.version), await value(one, rotated.version)]).toEqual([
      'second',
      'first',
      'second',
    ])
  })

  it('says that there was nothing before the first rotation', async () => {
    expect((await store.rotate(one, new Secret('first'))).previous).toBeNull()
  })

  it('keeps as many former values as it was told, and the newest of them', async () => {
    const versions: string[] = []
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) versions.push((await store.put(one, new Secret(text))).version)
    const kept = await Promise.all(versions.map((version) => value(one, version)))
    expect(kept).toEqual([null, null, 'c', 'd', 'e', 'f'])
  })

  it('lists paths that begin alike', async () => {
    for (const path of [two, other, one]) await store.put(path, new Secret('x'))
    expect(await store.list()).toEqual([one, two, other].sort())
    expect(await store.list(one.slice(0, 4))).toEqual([one, two].sort())
  })

  it('deletes a value with its versions', async () => {
    const { version } = await store.put(one, new Secret('first'))
    await store.put(two, new Secret('stays'))
    expect(await store.delete(one)).toBe(true)
    expect([await value(one), await value(one, version), await value(two)]).toEqual([null, null, 'stays'])
    expect(await store.delete(one)).toBe(false)
  })

  it('leaves one whole value and every version after many rotations at once', async () => {
    const same = open({ ...settings(), versions: 100 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? store : same).rotate(one, new Secret(`value-${i}`))),
    )
    expect(new Set(answers.map(({ version }) => version)).size).toBe(20)
    const last = answers.toSorted((a, b) => a.version.localeCompare(b.version)).at(-1)
    expect(await value(one)).toBe(`value-${answers.indexOf(last as (typeof answers)[number])}`)
  })

  it('loses none of several values that are rotated at once', async () => {
    const paths = [one, two, other]
    await Promise.all(paths.map((path) => store.rotate(path, new Secret(`of ${path}`))))
    expect(await Promise.all(paths.map((path) => value(path)))).toEqual(paths.map((path) => `of ${path}`))
  })

  it.each([
    '',
    '../up',
    '/etc/passwd',
    'a/../../b',
    'a//b',
    '.hidden',
    'a\0b',
    'SALLYPORT_MASTER_KEY\n',
    'a b',
    'a\\b',
    'x'.repeat(200),
  ])('refuses the path %j before anything is written', async (path) => {
    expect(store.pathFault(path)).toMatch(/^must /)
    await expect(store.put(path, new Secret('x'))).rejects.toThrow('must')
    await expect(store.get(path)).rejects.toThrow('must')
    await expect(store.delete(path)).rejects.toThrow('must')
  })

  it.each(['', 'a\0b', 'x'.repeat(70_000)])('refuses a value that no program could read back', async (text) => {
    await expect(store.put(one, new Secret(text))).rejects.toThrow('value')
    expect(await value(one)).toBeNull()
  })

  it('refuses a time to live, as it says that it cannot', async () => {
    expect(store.can.ttl).toBe(false)
    await expect(store.put(one, new Secret('x'), { ttl: 1000 })).rejects.toThrow('cannot')
  })

  it('takes over the lock of a process that died', async () => {
    await store.put(one, new Secret('first'))
    const lock = one === 'BILLING_API' ? join(folder, '..env.lock') : join(folder, 'keys', 'billing', '.api.lock')
    await writeFile(lock, 'somebody')
    const long = new Date(Date.now() - 60_000)
    await utimes(lock, long, long)
    await store.put(one, new Secret('second'))
    expect(await value(one)).toBe('second')
  })
})

describe('a file store', () => {
  const place = () => join(folder, 'keys')
  const store = () => open({ kind: 'file', folder: place() })

  it('holds the value as it is, in a file that only its owner may read', async () => {
    await store().put('billing/api', new Secret('sp_live_x'))
    const file = join(place(), 'billing', 'api')
    expect(await readFile(file, 'utf8')).toBe('sp_live_x')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(place(), 'billing'))).mode & 0o777).toBe(0o700)
    const left = await readdir(join(place(), 'billing'))
    expect(left.sort()).toEqual(['.api.versions', 'api'])
  })

  it('keeps a value that was put there by hand as a version', async () => {
    await mkdir(place())
    await writeFile(join(place(), 'api'), 'by hand')
    const { previous } = await store().rotate('api', new Secret('ours'))
    expect((await store().get('api', previous as string))?.reveal()).toBe('by hand')
  })

  it('follows no link, neither of a folder nor of a file', async () => {
    await mkdir(join(folder, 'outside'))
    await mkdir(place())
    await writeFile(join(folder, 'outside', 'file'), 'not ours')
    await symlink(join(folder, 'outside'), join(place(), 'link'))
    await symlink(join(folder, 'outside', 'file'), join(place(), 'direct'))
    await expect(store().put('link/file', new Secret('x'))).rejects.toThrow('leads out')
    await expect(store().get('link/file')).rejects.toThrow('leads out')
    await expect(store().get('direct')).rejects.toThrow()
    expect(await readFile(join(folder, 'outside', 'file'), 'utf8')).toBe('not ours')
    expect(await store().list()).toEqual([])
  })
})

describe('an environment store with a file', () => {
  const file = () => join(folder, '.env')
  const store = () => open({ kind: 'environment', file: file() })

  it('changes one variable and leaves every other line as it was', async () => {
    await writeFile(file(), '# who\nA=1\nexport KEY="old one" # note\n\nB=\'two words\'\nKEY=older\n')
    const { previous } = await store().rotate('KEY', new Secret('sp_live_new'))
    expect(await readFile(file(), 'utf8')).toBe("# who\nA=1\nKEY=sp_live_new\n\nB='two words'\n")
    expect((await store().get('KEY', previous as string))?.reveal()).toBe('older')
    expect((await store().get('B'))?.reveal()).toBe('two words')
  })

  it('refuses a value that could set other variables', async () => {
    await expect(store().put('KEY', new Secret('x\nPATH=/tmp'))).rejects.toThrow('dotenv')
    await expect(store().put('KEY', new Secret('$(id)'))).rejects.toThrow('dotenv')
  })

  it('writes a value with spaces so that it is read back', async () => {
    await store().put('KEY', new Secret('two words # three'))
    expect((await store().get('KEY'))?.reveal()).toBe('two words # three')
  })
})

describe('an environment store without a file', () => {
  const env = { APP_KEY: 'x', SALLYPORT_MASTER_KEY: 'never', lower: 'y' }
  const store = () => open({ kind: 'environment' }, env)

  it('reads what the process was started with, but none of our own settings', async () => {
    expect((await store().get('APP_KEY'))?.reveal()).toBe('x')
    expect(await store().list()).toEqual(['APP_KEY'])
    await expect(store().get('SALLYPORT_MASTER_KEY')).rejects.toThrow('must not')
  })

  it('takes nothing, and says so before it is asked', async () => {
    expect(store().can.write).toBe(false)
    await expect(store().put('APP_KEY', new Secret('z'))).rejects.toThrow('cannot')
    await expect(store().rotate('APP_KEY', new Secret('z'))).rejects.toThrow('cannot')
  })
})
