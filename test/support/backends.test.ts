import { access } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { backends, canStart, startPostgres, startRedis } from './backends.ts'

describe.each(backends)('a world on $name', ({ name, open }) => {
  it('has a database, a prefix and a folder that no other world has', async () => {
    const [one, other] = await Promise.all([open(), open()])
    try {
      expect(one.databaseUrl).not.toBe(other.databaseUrl)
      expect(one.dataDir).not.toBe(other.dataDir)
      if (name === 'postgres and redis') expect(one.redisPrefix).not.toBe(other.redisPrefix)
      expect(await tablesAfterCreating(one.databaseUrl, 'mine')).toEqual(['mine'])
      expect(await tablesAfterCreating(other.databaseUrl, 'yours')).toEqual(['yours'])
    } finally {
      await Promise.all([one.close(), other.close()])
    }
  })

  it('is gone once closed', async () => {
    const world = await open()
    await tablesAfterCreating(world.databaseUrl, 'mine')
    await world.close()
    await expect(access(world.dataDir)).rejects.toThrow('ENOENT')
    await expect(tablesAfterCreating(world.databaseUrl, 'mine')).rejects.toThrow()
  })
})

describe.skipIf(!canStart.postgres)('a PostgreSQL of the test’s own', () => {
  it('can be killed, and keeps what was committed when it starts again', async () => {
    const server = await startPostgres()
    try {
      expect(await tablesAfterCreating(server.url, 'kept')).toEqual(['kept'])
      await server.kill()
      await expect(tablesAfterCreating(server.url, 'more')).rejects.toThrow('ECONNREFUSED')
      await server.restart()
      expect(await tablesAfterCreating(server.url, 'more')).toEqual(['kept', 'more'])
    } finally {
      await server.stop()
    }
  })
})

describe.skipIf(!canStart.redis)('a Redis of the test’s own', () => {
  it('can be killed and started again on the same address', async () => {
    const server = await startRedis()
    const redis = new Redis(server.url, { retryStrategy: () => 20 })
    redis.on('error', () => undefined)
    try {
      expect(await redis.ping()).toBe('PONG')
      const gone = new Promise((resolve) => redis.once('close', resolve))
      await server.kill()
      await gone
      await server.restart()
      expect(await redis.ping()).toBe('PONG')
    } finally {
      redis.disconnect()
      await server.stop()
    }
  })
})

async function tablesAfterCreating(url: string, table: string): Promise<string[]> {
  return url.startsWith('sqlite:') ? inSqlite(url.slice('sqlite:'.length), table) : inPostgres(url, table)
}

function inSqlite(file: string, table: string): string[] {
  const database = new DatabaseSync(file)
  database.exec(`create table ${table} (id text) strict`)
  const rows = database.prepare(`select name from sqlite_schema order by name`).all()
  database.close()
  return rows.map((row) => String(row.name))
}

async function inPostgres(url: string, table: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create table ${table} (id text)`)
    const answer = await client.query(`select tablename as name from pg_tables where schemaname = 'public' order by 1`)
    return answer.rows.map((row) => String(row.name))
  } finally {
    await client.end()
  }
}
