import type { Problem } from '../../core/index.ts'
import { refuseIdentity } from '../problems.ts'
import type { Used, Why } from './use.ts'

/** What the record calls each refusal. To whoever asks they are all the same. */
const CODES: Readonly<Record<Why, string>> = {
  malformed: 'PASSKEY_REFUSED',
  stale: 'PASSKEY_STALE',
  wrong: 'PASSKEY_REFUSED',
  suspended: 'PASSKEY_SUSPENDED',
  cloned: 'PASSKEY_CLONED',
}

export function passkeyProblem({ why, reason }: Extract<Used, { is: 'refused' }>): Problem {
  return refuseIdentity('PASSKEY_REFUSED', { eventCode: CODES[why], reason })
}
