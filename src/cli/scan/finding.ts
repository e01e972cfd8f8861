import { hash } from 'node:crypto'
import type { Environment, FoundKey } from '../../keys/index.ts'

/** Where a key was seen in a text. Lines and columns count from 1, columns in characters. */
export type Hit = { readonly key: FoundKey; readonly line: number; readonly column: number }

/** A key that lies where it should not. The key itself is never in here. */
export type Finding = {
  /** The same for the same key in the same place, whatever moved around it and wherever the scan was started. */
  readonly fingerprint: string
  readonly environment: Environment
  /** `note` for keys of test and development, `error` for all others. */
  readonly level: 'error' | 'note'
  readonly keyId: string
  readonly hint: string
  readonly place: 'file' | 'history'
  readonly path: string
  readonly line: number
  readonly column: number
  /** The first commit that carried it there; null for a file, and for what is staged only. */
  readonly commit: string | null
  /** ISO 8601, of that commit. */
  readonly authorDate: string | null
  /** What the server says of the key, when it was asked. */
  readonly status?: string
}

const QUIET: ReadonlySet<Environment> = new Set(['test', 'dev'])
const HINT_START = 6

/** @param inside the path from the folder that was scanned, so that the fingerprint does not depend on where it lies */
export function findingOf(
  hit: Hit,
  where: Pick<Finding, 'place' | 'path' | 'commit' | 'authorDate'> & { readonly inside: string },
): Finding {
  const { key, line, column } = hit
  const { inside, place, path, commit, authorDate } = where
  return {
    fingerprint: hash('sha256', [key.text, place, inside].join('\n'), 'hex').slice(0, 40),
    environment: key.environment,
    level: QUIET.has(key.environment) ? 'note' : 'error',
    keyId: key.id,
    hint: hintOf(key),
    place,
    path,
    line,
    column,
    commit,
    authorDate,
  }
}

// As the key's record shows it: enough to recognise it by, too little to use it.
function hintOf({ text, id }: FoundKey): string {
  const idAt = text.indexOf(id.slice('key_'.length))
  return `${text.slice(0, idAt + HINT_START)}…${text.slice(-4)}`
}
