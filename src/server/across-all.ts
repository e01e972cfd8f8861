import type { Authenticator } from '../core/index.ts'
import { across } from '../store/index.ts'

/** An authenticator that finds credentials of every organization, in a process or a request that is in none yet. */
export function acrossAll(authenticator: Authenticator): Authenticator {
  const reason = 'whose a request is shows when its credential is found'
  return Object.freeze({
    ...authenticator,
    authenticate: (request) => across(reason, () => authenticator.authenticate(request)),
  } satisfies Authenticator)
}
