import { open, readFile } from 'node:fs/promises'

const MOST_WAITING = 10_000

/** Appends checkpoints to a file; what could not be written goes with the next. */
export function createCheckpointFile(path: string | null): (notes: readonly string[]) => Promise<void> {
  let waiting: string[] = []

  return async (notes) => {
    if (path === null) return
    waiting = [...waiting, ...notes].slice(-MOST_WAITING)
    if (waiting.length === 0) return
    const file = await open(path, 'a', 0o600)
    try {
      // One write, so that the notes of several processes never mix.
      await file.appendFile(waiting.map((note) => `${note}\n`).join(''))
      await file.sync()
      waiting = []
    } finally {
      await file.close()
    }
  }
}

/** The notes of a checkpoint file, oldest first. An absent file has none. */
export async function readCheckpointFile(path: string): Promise<string[]> {
  return splitNotes(await readFile(path, 'utf8').catch(orNothing))
}

/** Takes notes apart that stand one after the other. */
export function splitNotes(text: string): string[] {
  const lines = text.split('\n')
  const notes: string[] = []
  let note: string[] = []
  for (const line of lines) {
    const signed = note.some((one) => one.startsWith('— '))
    if (line === '' && signed) {
      notes.push(`${note.join('\n')}\n`)
      note = []
    } else if (line !== '' || note.length > 0) note.push(line)
  }
  const rest = note.join('\n')
  return rest.trim() === '' ? notes : [...notes, `${rest}\n`]
}

function orNothing(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
  throw error
}
