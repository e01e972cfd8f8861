import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { SampleTables } from './sample.ts'
import { idsOf, insert, type Stage } from './stage.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const ROUNDS = 3
const ENOUGH = 200

function start(url: string, what: 'increment' | 'burst'): ChildProcess {
  return spawn(process.execPath, [CHILD, url, what], { stdio: ['ignore', 'pipe', 'inherit'] })
}

export function survivingContract({ open, place }: Stage): void {
  it('loses no update of two processes at once', async () => {
    const store = await open()
    await insert(store, { id: 'shared', count: 0 })
    const children = [start(place().databaseUrl, 'increment'), start(place().databaseUrl, 'increment')]
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
    expect(codes).toEqual([0, 0])
    const row = await store.tables<SampleTables>().selectFrom('thing').select('count').executeTakeFirst()
    expect(row?.count).toBe(400)
  })

  it('loses nothing acknowledged by a process that is killed in the midst of writing', async () => {
    await (await open()).close()
    const acknowledged: string[] = []
    for (let round = 0; round < ROUNDS; round++) acknowledged.push(...(await killedInBurst(place().databaseUrl)))
    const kept = new Set(await idsOf(await open()))
    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS * ENOUGH)
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
  })
}

async function killedInBurst(url: string): Promise<string[]> {
  const child = start(url, 'burst')
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.length > ENOUGH * 16) child.kill('SIGKILL')
  })
  await once(child, 'close')
  // The last line may have been cut short.
  return said.split('\n').slice(0, -1)
}
