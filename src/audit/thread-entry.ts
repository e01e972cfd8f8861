import { existsSync, readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../core/index.ts'
import { createMemoryBus, openStore } from '../store/index.ts'
import { entryFrom } from './entry.ts'
import { createLogWriter } from './log.ts'
import type { Batch, BatchAnswer, ThreadSettings } from './thread.ts'

// The thread of thread.ts: takes batches, writes each in one transaction, says so.
// A third of what the requests get when there is not enough for both: several times what it needs.
const NICENESS = 5
const THREAD = '/proc/thread-self'

stepBack()
const { url, name } = workerData as ThreadSettings
const store = await openStore({ url, migrations: {}, migrate: false, bus: createMemoryBus(), clock: systemClock })
const append = createLogWriter({ dialect: store.dialect, clock: systemClock, name })

parentPort?.on('message', ({ id, rests }: Batch) => {
  store
    .write((tx) => append(tx, rests.split('\n').map(entryFrom)))
    .then(
      () => answer({ id, error: null }),
      (error) => answer({ id, error: String(error) }),
    )
})

// Where both share a core, a request goes before the writing about it. Linux gives a thread a priority of its own.
function stepBack(): void {
  if (existsSync(THREAD)) setPriority(Number(readlinkSync(THREAD).split('/').at(-1)), NICENESS)
}

function answer(message: BatchAnswer): void {
  parentPort?.postMessage(message)
}
