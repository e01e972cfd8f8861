import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { tablesOf } from '../tables.ts'
import { digestOf } from '../token.ts'

const BYTES = 32
/** How long an authenticator may take; browsers stop earlier. */
export const CHALLENGE_MS = 5 * 60_000

/** What a challenge is for, and the session or sign-in that it was made for; empty where nobody is known yet. */
export type ChallengeUse = {
  readonly purpose: 'passkey.register' | 'passkey.sign_in' | 'passkey.prove'
  readonly subject: string
}

type Deps = { readonly store: Store; readonly clock: Clock }

/** Makes a challenge that works once, for five minutes and for one use (WebAuthn Level 3, section 13.4.3). */
export async function makeChallenge(deps: Deps, use: ChallengeUse, rest: object = {}): Promise<string> {
  const challenge = randomBytes(BYTES).toString('base64url')
  const row = {
    digest: digestOf(challenge),
    ...use,
    expires_at: deps.clock.now() + CHALLENGE_MS,
    rest: JSON.stringify(rest),
  }
  await deps.store.write(async (tx) => void (await tablesOf(tx).insertInto('challenge').values(row).execute()))
  return challenge
}

/**
 * Takes a challenge away: of many that answer it at once one does, and it is gone whatever the answer was worth.
 *
 * @returns what was kept with it; null when it was never made for this, was answered, or is too old
 */
export async function takeChallenge(
  deps: Deps,
  { purpose, subject }: ChallengeUse,
  challenge: string,
): Promise<Record<string, unknown> | null> {
  const row = await deps.store.write((tx) =>
    tablesOf(tx)
      .deleteFrom('challenge')
      .where('digest', '=', digestOf(challenge))
      .where('purpose', '=', purpose)
      .where('subject', '=', subject)
      .where('expires_at', '>', deps.clock.now())
      .returning('rest')
      .executeTakeFirst(),
  )
  return row === undefined ? null : JSON.parse(row.rest)
}
