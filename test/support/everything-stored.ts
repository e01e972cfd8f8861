import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { World } from './backends.ts'

/** All that a world keeps, each file and each table by its name and as text: to look for what must stand nowhere. */
export async function everythingStored(world: World): Promise<[string, string][]> {
  if (world.databaseUrl.startsWith('sqlite:')) return filesOf(world.dataDir)
  return [...(await rowsOf(world.databaseUrl)), ...(await filesOf(world.dataDir))]
}

async function filesOf(folder: string): Promise<[string, string][]> {
  const names = await readdir(folder)
  return Promise.all(
    names.map(
      async (name): Promise<[string, string]> => [name, (await readFile(join(folder, name))).toString('latin1')],
    ),
  )
}

async function rowsOf(url: string): Promise<[string, string][]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: tables } = await client.query("select tablename from pg_tables where schemaname = 'public'")
    const texts: [string, string][] = []
    for (const { tablename } of tables) {
      const { rows } = await client.query(`select t::text as row from "${tablename}" t`)
      texts.push([tablename, rows.map(({ row }) => row).join('\n')])
    }
    if (texts.length < 6) throw new Error('these are not all tables')
    return texts
  } finally {
    await client.end()
  }
}
