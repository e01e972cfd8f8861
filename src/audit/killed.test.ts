import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../test/support/backends.ts'
import { type AuditStage, openAuditStage } from './testing.ts'

const CHILD = fileURLToPath(new URL('./testing/child.ts', import.meta.url))
const ENOUGH = 200
const ROUNDS = 3
// The child flushes each 100 ms; the rest is what a busy machine may take to get to it.
const LATE_MS = 3000

describe.each(backends)('a process that is killed on $name', ({ open }) => {
  let stage: AuditStage

  beforeEach(async () => {
    stage = await openAuditStage(open)
  })
  afterEach(() => stage.close())

  it('leaves every acknowledged change with its event, all but the latest access events, and a log that verifies', async () => {
    const { audit } = await stage.open()
    const acknowledged: string[] = []
    let killedAt = 0
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await killedWhileWriting(stage)))
      killedAt = Date.now()
    }
    const [changes, accesses] = [new Set<string>(), new Map<string, number>()]
    for await (const line of audit.export()) {
      const { type, resource, requestId } = JSON.parse(line)
      if (type === 'key.created') changes.add(resource)
      if (type === 'request.allowed') accesses.set(resource, Number(requestId))
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS * ENOUGH)
    expect(acknowledged.filter((resource) => !changes.has(resource))).toEqual([])
    expect(Math.max(...accesses.values())).toBeGreaterThan(killedAt - LATE_MS)
    expect(await audit.verify()).toMatchObject({ ok: true })
  })
})

async function killedWhileWriting({ place, masterKey }: AuditStage): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, place.databaseUrl, masterKey], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.split('\n').length > ENOUGH * 2) child.kill('SIGKILL')
  })
  await once(child, 'close')
  // The last line may have been cut short.
  return said.split('\n').slice(0, -1)
}
