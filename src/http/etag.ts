import { done, type Problem, type Result, refused } from '../core/index.ts'
import { refuseHttp } from './problems.ts'

/** The strong ETag of a record's version (RFC 9110, section 8.8.3). */
export function versionTag(version: number): string {
  return `"${version}"`
}

/**
 * Reads `If-Match` (RFC 9110, section 13.1.1): absent means "whatever it is now", `*` the same,
 * otherwise the one version that may be changed.
 *
 * @returns the version wanted, or null for any
 */
export function checkVersion(ifMatch: string | undefined): Result<number | null> {
  if (ifMatch === undefined || ifMatch === '*') return done(null)
  const match = /^"(\d{1,15})"$/.exec(ifMatch)
  return match === null ? refused(notATag()) : done(Number(match[1]))
}

function notATag(): Problem {
  return refuseHttp('INPUT_INVALID', {
    errors: [{ path: 'headers.if-match', message: 'must be one ETag as this server sent it, such as "3", or *' }],
  })
}
