import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, inject, it } from 'vitest'
import { askPostgres, startPostgresFrom } from './postgres.ts'
import type { ProgramName } from './programs.ts'
import { MASTER, removeKeys, startRedisFrom, startSentinelFrom } from './redis.ts'
import type { PrivateServer } from './server.ts'
import type { Service } from './services.ts'

/** A place where everything is new: a database, a prefix in Redis, a folder. */
export type World = {
  /** `sqlite:PATH`, or `postgres://…` of a database of its own. */
  readonly databaseUrl: string
  readonly redisUrl: string | null
  /** Keys and channels of other worlds begin otherwise. */
  readonly redisPrefix: string
  readonly dataDir: string
  /** Takes all of it away. Close what uses it first. */
  readonly close: () => Promise<void>
}

/** One of the two ways Sallyport keeps its state. */
export type Backend = {
  readonly name: 'sqlite and memory' | 'postgres and redis'
  readonly open: () => Promise<World>
}

const services = inject('services')
const has = (service: Service): boolean => service.url !== null || service.program !== null

/** Whether tests can have a PostgreSQL or a Redis of their own, for `describe.skipIf`. */
export const canStart = { postgres: services.postgres.program !== null, redis: services.redis.program !== null }

/** Whether tests can use the PostgreSQL or the Redis that all share, and other people's programs, for `describe.skipIf`. */
export const canUse = {
  postgres: has(services.postgres),
  redis: has(services.redis),
  chromium: services.programs.chromium !== null,
  oathtool: services.programs.oathtool !== null,
  curl: services.programs.curl !== null,
  apache: services.programs.apache !== null,
  nginx: services.programs.nginx !== null,
  authlib: services.programs.authlib !== null,
  oidcAgent: services.programs.oidcAgent !== null,
}

/**
 * The worlds of this run. A suite that must hold in each of them says
 *
 * @example describe.each(backends)('keys on $name', ({ open }) => { … })
 */
export const backends: readonly Backend[] = Object.freeze([
  { name: 'sqlite and memory', open: openSmall } as const,
  ...(canUse.postgres && canUse.redis ? [{ name: 'postgres and redis', open: openLarge } as const] : []),
])

// Whoever reads the report sees in each such file that half of it did not run.
if (backends.length === 1) {
  describe.skip('on postgres and redis', () => it('is left out: a service is missing here', () => undefined))
}

async function openSmall(): Promise<World> {
  const dataDir = await freshFolder()
  return Object.freeze({
    databaseUrl: `sqlite:${join(dataDir, 'sallyport.db')}`,
    redisUrl: null,
    redisPrefix: 'sallyport:',
    dataDir,
    close: () => remove(dataDir),
  })
}

async function openLarge(): Promise<World> {
  const [dataDir, database, redisUrl] = await Promise.all([freshFolder(), freshDatabase(), redis()])
  const redisPrefix = `test-${randomUUID()}:`
  return Object.freeze({
    databaseUrl: database.url,
    redisUrl,
    redisPrefix,
    dataDir,
    close: async () => {
      await Promise.all([remove(dataDir), database.drop(), removeKeys(redisUrl, redisPrefix)])
    },
  })
}

const freshFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'sallyport-test-'))
const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

/** The address of the PostgreSQL that all tests share. Use `freshDatabase` for one without others' tables. */
export const postgres = (): Promise<string> => ask('postgres')

/** The address of the Redis that all tests share; choose a prefix of your own. */
export const redis = (): Promise<string> => ask('redis')

async function ask(name: 'postgres' | 'redis'): Promise<string> {
  const answer = await fetch(`${services.door}/${name}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

/** An empty database on the PostgreSQL that all tests share. */
export async function freshDatabase(): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const server = await postgres()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await askPostgres(server, `create database ${name} template template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => askPostgres(server, `drop database if exists ${name} with (force)`) }
}

/** A PostgreSQL of the test's own, which it may kill. Ask `canStart.postgres` first. */
export function startPostgres(): Promise<PrivateServer> {
  return startPostgresFrom(programOf(services.postgres, 'PostgreSQL'))
}

/** A Redis of the test's own, which it may kill. It forgets everything when it ends. Ask `canStart.redis` first. */
export function startRedis(): Promise<PrivateServer> {
  return startRedisFrom(programOf(services.redis, 'Redis'))
}

/** A master that a Sentinel watches, and its replica. Ask `canStart.redis` first. */
export async function startWatchedRedis(): Promise<WatchedRedis> {
  const program = programOf(services.redis, 'Redis')
  const master = await startRedisFrom(program, ['--repl-diskless-sync-delay', '0'])
  const { hostname, port } = new URL(master.url)
  const replica = await startRedisFrom(program, ['--replicaof', `${hostname} ${port}`])
  const sentinel = await startSentinelFrom(program, master.url)
  const stop = async () => {
    await Promise.all([sentinel.stop(), replica.stop(), master.stop()])
  }
  return Object.freeze({ master, replica, sentinel, name: MASTER, stop })
}

export type WatchedRedis = {
  readonly master: PrivateServer
  readonly replica: PrivateServer
  readonly sentinel: PrivateServer
  /** What the Sentinel calls the master. */
  readonly name: string
  readonly stop: () => Promise<void>
}

/** The file of a program. Ask `canUse` first. */
export function fileOf(name: ProgramName): string {
  const file = services.programs[name]
  if (file === null) throw new Error(`there is no ${name} here`)
  return file
}

function programOf(service: Service, name: string): string {
  if (service.program === null) throw new Error(`no ${name} can be started here`)
  return service.program
}
