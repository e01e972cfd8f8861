import type { Outcome } from '../rollout.ts'
import type { Version } from '../version.ts'
import type { OutcomeBody } from './schemas.ts'

export function versionBody(version: Version) {
  const { gateway } = version
  return { ...listedBody(version), gateway }
}

/** Without the settings, which may be large. */
export function listedBody({ version, digest, cause, changed, at, by }: Version) {
  return { version, digest, cause, changed: [...changed], at: new Date(at).toISOString(), by }
}

export function outcomeBody({ version, changes }: Outcome): OutcomeBody {
  return { version: version?.version ?? null, changes: [...changes] }
}
