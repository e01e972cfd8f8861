import { constants } from 'node:fs'
import { lstat, open, opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { KeyFinder } from '../../keys/index.ts'
import { UsageError } from '../usage.ts'
import type { Hit } from './finding.ts'
import { createMatcher } from './matcher.ts'

/** One file that was looked through, or why it was not. */
export type LookedAt = { readonly path: string; readonly inside: string; readonly bytes: number } & (
  | { readonly hits: readonly Hit[] }
  | { readonly unread: string }
)

type Place = { readonly path: string; readonly inside: string }

const PIECE = 256 * 1024
/** What git keeps is looked through as history, and what others published is theirs. */
const SKIPPED_ALWAYS = '.git'
const SKIPPED_USUALLY = 'node_modules'

/**
 * Looks through a file, or every file below a folder, in the order of their names. Links are not followed, nor is
 * anything read that is not a file: a pipe or a device may never end.
 *
 * @param options.all also look where only other people's packages lie
 */
export async function* lookThrough(
  root: string,
  finder: KeyFinder,
  options: { readonly all: boolean },
): AsyncGenerator<LookedAt> {
  const kind = await stat(root).catch((error: Error) => {
    throw new UsageError(`${root} cannot be scanned: ${reasonOf(error)}`)
  })
  if (!kind.isDirectory()) {
    yield await lookInto({ path: root, inside: basename(root) }, finder, 0)
    return
  }
  const waiting: Place[] = [{ path: root, inside: '' }]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const entries = await entriesOf(place, options)
    if (typeof entries === 'string') {
      yield { ...place, bytes: 0, unread: entries }
      continue
    }
    for (const file of entries.files) yield await lookInto(file, finder, constants.O_NOFOLLOW)
    waiting.push(...entries.folders.reverse())
  }
}

async function entriesOf(place: Place, { all }: { readonly all: boolean }) {
  const files: Place[] = []
  const folders: Place[] = []
  try {
    for await (const entry of await opendir(place.path)) {
      const { name } = entry
      if (name === SKIPPED_ALWAYS || (name === SKIPPED_USUALLY && !all)) continue
      const inside = place.inside === '' ? name : `${place.inside}/${name}`
      const here = { path: join(place.path, name), inside }
      if (entry.isDirectory()) folders.push(here)
      else if (entry.isFile()) files.push(here)
    }
  } catch (error) {
    return reasonOf(error as Error)
  }
  return { files: files.sort(byPath), folders: folders.sort(byPath) }
}

async function lookInto(place: Place, finder: KeyFinder, flags: number): Promise<LookedAt> {
  try {
    if (!(await (flags === 0 ? stat : lstat)(place.path)).isFile())
      return { ...place, bytes: 0, unread: 'is not a file' }
    const file = await open(place.path, constants.O_RDONLY | flags)
    return { ...place, ...(await lookThroughStream(file.createReadStream({ highWaterMark: PIECE }), finder)) }
  } catch (error) {
    return { ...place, bytes: 0, unread: reasonOf(error as Error) }
  }
}

/** Looks through one stream of bytes, such as what is piped in. */
export async function lookThroughStream(
  stream: AsyncIterable<Buffer>,
  finder: KeyFinder,
): Promise<{ readonly bytes: number; readonly hits: readonly Hit[] }> {
  const matcher = createMatcher(finder)
  const hits: Hit[] = []
  let bytes = 0
  for await (const piece of stream) {
    bytes += piece.length
    hits.push(...matcher.feed(piece))
  }
  return { bytes, hits: [...hits, ...matcher.end()] }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is nothing there',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENOTDIR: 'there is nothing there',
  ELOOP: 'it is a link',
}

function reasonOf(error: Error & { code?: string }): string {
  return REASONS[error.code ?? ''] ?? error.code ?? error.message
}

function byPath(a: Place, b: Place): number {
  return a.path < b.path ? -1 : 1
}
