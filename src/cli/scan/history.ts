import { join } from 'node:path'
import type { KeyFinder } from '../../keys/index.ts'
import { type Bringing, originsOf } from './commits.ts'
import { type Finding, findingOf, type Hit } from './finding.ts'
import { lookThroughObjects, type ObjectLookedAt } from './objects.ts'

/** What the history of one repository holds. */
export type History = {
  readonly findings: readonly Finding[]
  readonly objects: number
  readonly bytes: number
  /** Objects that are named but not here. */
  readonly missing: number
}

type Suspect = Pick<ObjectLookedAt, 'id' | 'type' | 'path' | 'hits'>

/**
 * Looks through the whole history of a repository. A key that many versions of a file carried is one finding: the commit
 * that brought it there first.
 *
 * @param root the repository as it was named, for the paths of the findings
 * @param progress told how many objects were looked through so far
 */
export async function lookThroughHistory(
  root: string,
  finder: KeyFinder,
  progress: (objects: number) => void,
): Promise<History> {
  const suspects: Suspect[] = []
  let objects = 0
  let bytes = 0
  let missing = 0
  for await (const seen of lookThroughObjects(root, finder)) {
    progress(++objects)
    bytes += seen.bytes
    if (seen.missing) missing++
    if (seen.hits.length > 0) suspects.push(seen)
  }
  if (suspects.length === 0) return { findings: [], objects, bytes, missing }
  const { blobs, dates } = await originsOf(root, new Set(suspects.map(({ id }) => id)))
  const sightings = suspects.flatMap((suspect) => sightingsOf(suspect, blobs.get(suspect.id) ?? [], dates))
  return { findings: firstOnes(sightings).map((sighting) => told(root, sighting)), objects, bytes, missing }
}

type Sighting = {
  readonly hit: Hit
  readonly path: string
  readonly commit: string | null
  readonly date: string | null
}

function sightingsOf(
  { id, type, path, hits }: Suspect,
  bringings: readonly Bringing[],
  dates: ReadonlyMap<string, string>,
): Sighting[] {
  if (type === 'commit') {
    return hits.map((hit) => ({ hit, path: '(commit message)', commit: id, date: dates.get(id) ?? null }))
  }
  if (type === 'tag') return hits.map((hit) => ({ hit, path: `(tag ${path})`, commit: null, date: null }))
  // Staged and never committed, or reached by a tag alone.
  if (bringings.length === 0) return hits.map((hit) => ({ hit, path, commit: null, date: null }))
  return bringings.flatMap(({ path, commit, authorDate }) =>
    hits.map((hit) => ({ hit, path, commit, date: authorDate })),
  )
}

// The oldest by its author's date; what has no commit yet gives way to what has one.
function firstOnes(sightings: readonly Sighting[]): Sighting[] {
  const first = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const name = `${sighting.hit.key.text} ${sighting.path}`
    const known = first.get(name)
    if (known === undefined || timeOf(sighting) < timeOf(known)) first.set(name, sighting)
  }
  return [...first.values()].sort((a, b) => timeOf(a) - timeOf(b))
}

function timeOf({ date }: Sighting): number {
  return date === null ? Number.MAX_SAFE_INTEGER : Date.parse(date)
}

function told(root: string, { hit, path, commit, date }: Sighting): Finding {
  const shown = path.startsWith('(') ? path : join(root, path)
  return findingOf(hit, { place: 'history', inside: path, path: shown, commit, authorDate: date })
}
