import { createInterface } from 'node:readline'
import type { KeyFinder } from '../../keys/index.ts'
import type { Hit } from './finding.ts'
import { type Git, startGit } from './git.ts'
import { createMatcher, type Matcher } from './matcher.ts'

/** A blob, commit or tag of a repository, looked through. */
export type ObjectLookedAt = {
  readonly id: string
  readonly type: string
  /** One path that it has or had; empty for a commit. */
  readonly path: string
  readonly bytes: number
  readonly hits: readonly Hit[]
  /** It is named but not here: a clone that leaves out what it does not need. */
  readonly missing: boolean
}

const ALL = ['rev-list', '--objects', '--all', '--indexed-objects']
const HEAD = '%(objectname) %(objecttype) %(objectsize) %(rest)'
const NEWLINE = 10

/**
 * Looks through everything that any ref of the repository reaches, and what is staged; each object once, however many
 * commits share it. Contents stream through: nothing is held but one piece.
 */
export async function* lookThroughObjects(folder: string, finder: KeyFinder): AsyncGenerator<ObjectLookedAt> {
  const names = startGit(folder, ALL)
  const kinds = startGit(folder, ['cat-file', '--buffer', `--batch-check=${HEAD}`])
  const contents = startGit(folder, ['cat-file', '--buffer', `--batch=${HEAD}`])
  const started = [names, kinds, contents]
  try {
    names.process.stdin.end()
    names.process.stdout.pipe(kinds.process.stdin)
    const asked = askForContents(kinds, contents)
    // Told where it is awaited below; until then nobody listens.
    asked.catch(() => undefined)
    yield* readBatch(contents.process.stdout, finder)
    await asked
    for (const git of started) await git.ended()
  } finally {
    for (const { process } of started) process.kill()
  }
}

// Trees hold names and no texts.
async function askForContents(kinds: Git, contents: Git): Promise<void> {
  const { stdin } = contents.process
  try {
    for await (const line of createInterface({ input: kinds.process.stdout })) {
      const [id = '', type, , ...rest] = line.split(' ')
      if (type === 'tree') continue
      const wanted = type === 'missing' ? id : [id, ...rest].join(' ')
      if (!stdin.write(`${wanted}\n`)) await new Promise<void>((resolve) => drained(contents, resolve))
    }
  } finally {
    stdin.end()
  }
}

function drained({ process }: Git, resolve: () => void): void {
  const done = () => {
    process.stdin.off('drain', done)
    process.off('close', done)
    resolve()
  }
  process.stdin.on('drain', done)
  process.on('close', done)
}

type Current = { readonly head: Head; readonly matcher: Matcher; readonly hits: Hit[]; left: number }
type Head = { readonly id: string; readonly type: string; readonly bytes: number; readonly path: string }

// `<id> <type> <size> <path>\n<contents>\n`, again and again.
async function* readBatch(output: AsyncIterable<Buffer>, finder: KeyFinder): AsyncGenerator<ObjectLookedAt> {
  let words = ''
  let current: Current | null = null
  for await (const piece of output) {
    let at = 0
    while (at < piece.length) {
      if (current === null) {
        const end = piece.indexOf(NEWLINE, at)
        words += piece.toString('latin1', at, end === -1 ? piece.length : end)
        at = end === -1 ? piece.length : end + 1
        if (end === -1) continue
        const head = headOf(words)
        words = ''
        if (head === null) continue
        if (head.type === 'missing') yield { ...head, hits: [], missing: true }
        else current = { head, matcher: createMatcher(finder), hits: [], left: head.bytes }
        continue
      }
      const part = piece.subarray(at, at + current.left)
      current.hits.push(...current.matcher.feed(part))
      current.left -= part.length
      at += part.length
      // The newline after the contents must be there before the object is over.
      if (current.left > 0 || at >= piece.length) continue
      at++
      yield finished(current)
      current = null
    }
  }
}

function finished({ head, matcher, hits }: Current): ObjectLookedAt {
  return { ...head, hits: [...hits, ...matcher.end()], missing: false }
}

function headOf(words: string): Head | null {
  if (words === '') return null
  const [id = '', type = '', size = '0', ...rest] = words.split(' ')
  const path = Buffer.from(rest.join(' '), 'latin1').toString('utf8')
  return { id, type, bytes: type === 'missing' ? 0 : Number(size), path }
}
