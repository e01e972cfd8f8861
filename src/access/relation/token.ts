import { createHash } from 'node:crypto'
import { done, type Result, refused } from '../../core/index.ts'
import { refuseRelation } from './problems.ts'

// Opaque to callers and not secret: it grants nothing, it only says how new an answer must be.
const FORM = /^rev_(\d{1,15})_([A-Za-z0-9_-]{8})$/

/** The token of a revision of an organization's relations. */
export function tokenOf(organization: string, revision: number): string {
  return `rev_${revision}_${markOf(organization)}`
}

/** The revision that an answer must have seen. Error: `RELATION_TOKEN_UNKNOWN`. */
export function readToken(organization: string, token: string): Result<number> {
  const [, revision, mark] = FORM.exec(token) ?? []
  if (revision === undefined || mark !== markOf(organization)) return refused(refuseRelation('RELATION_TOKEN_UNKNOWN'))
  return done(Number(revision))
}

// The revisions of two organizations have nothing to do with each other.
function markOf(organization: string): string {
  return createHash('sha256').update(organization).digest('base64url').slice(0, 8)
}
