import { startGit } from './git.ts'

/** A commit that brought a blob to a path. */
export type Bringing = { readonly commit: string; readonly authorDate: string; readonly path: string }

export type Origins = {
  /** For each blob asked for: where it was brought, the oldest commit last. */
  readonly blobs: ReadonlyMap<string, readonly Bringing[]>
  /** The author dates of the commits asked for. */
  readonly dates: ReadonlyMap<string, string>
}

// Children before parents, so that the last commit seen is the oldest. `-m` shows what a merge itself brought.
const LOG = [
  'log',
  '--all',
  '--date-order',
  '-m',
  '--raw',
  '--no-abbrev',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--no-notes',
  '-z',
  '--format=commit %H %aI',
]
const COMMIT = /^\s*commit ([0-9a-f]{40,64}) (\S+)$/
// Several parents make several modes and ids; the last id is what the commit left there.
const CHANGE = /^\s*:.* ([0-9a-f]{40,64}) [A-Z]\d*$/

/** Goes through the whole history once, and remembers of it only what was asked for. */
export async function originsOf(folder: string, objects: ReadonlySet<string>): Promise<Origins> {
  const blobs = new Map<string, Bringing[]>()
  const dates = new Map<string, string>()
  const git = startGit(folder, LOG)
  git.process.stdin.end()
  let commit = ''
  let authorDate = ''
  let changed: string | null = null
  for await (const word of nulSeparated(git.process.stdout)) {
    if (changed !== null) {
      if (objects.has(changed)) remember(blobs, changed, { commit, authorDate, path: word })
      changed = null
      continue
    }
    const change = CHANGE.exec(word)
    if (change !== null) {
      changed = change[1] ?? null
      continue
    }
    const begun = COMMIT.exec(word)
    if (begun === null) continue
    commit = begun[1] ?? ''
    authorDate = begun[2] ?? ''
    if (objects.has(commit)) dates.set(commit, authorDate)
  }
  await git.ended()
  return { blobs, dates }
}

function remember(blobs: Map<string, Bringing[]>, blob: string, bringing: Bringing): void {
  // One entry a path: an older commit takes the place of a younger one.
  const others = (blobs.get(blob) ?? []).filter(({ path }) => path !== bringing.path)
  blobs.set(blob, [...others, bringing])
}

async function* nulSeparated(output: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of output) {
    let from = 0
    for (let end = piece.indexOf(0); end !== -1; end = piece.indexOf(0, from)) {
      yield Buffer.concat([held, piece.subarray(from, end)]).toString('utf8')
      held = Buffer.alloc(0)
      from = end + 1
    }
    held = Buffer.concat([held, piece.subarray(from)])
  }
  if (held.length > 0) yield held.toString('utf8')
}
