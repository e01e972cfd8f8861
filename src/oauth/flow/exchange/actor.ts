import { type Holding, missingPermissions } from '../../../access/index.ts'
import type { OauthClient } from '../../client/client.ts'
import type { Shown } from './subject.ts'

/** Who acts (RFC 8693, section 4.1). The one outside acts now; those within acted before. */
export type Act = { readonly sub: string; readonly client_id?: string; readonly act?: Act }

export type Exchange = 'delegation' | 'impersonation'

/** So many acted one for the other: whoever looks at a chain that is longer sees nothing any more. */
export const MOST_ACTORS = 5

/**
 * What a client may do with the token of a person; null for nothing. Who may delegate never impersonates by accident: only
 * a client that holds nothing but the permission to impersonate gets tokens that do not name it.
 */
export function exchangeOf({ permissions }: Pick<Holding, 'permissions'>, hasActor: boolean): Exchange | null {
  const may = (permission: string) => missingPermissions(permissions, [permission]).length === 0
  if (may('tokens:delegate')) return 'delegation'
  return !hasActor && may('tokens:impersonate') ? 'impersonation' : null
}

/** Who acts in the new token: the actor that was shown, or the client itself; before them whoever acted until now. */
export function actOf(client: OauthClient, actor: Shown | null, subject: Shown): Act {
  const now = actor === null ? { sub: client.id } : { sub: actor.subject, ...clientOf(actor) }
  return subject.act === null ? now : { ...now, act: subject.act }
}

function clientOf({ clientId }: Shown) {
  return clientId === null ? {} : { client_id: clientId }
}

export function depthOf(act: Act | undefined): number {
  return act === undefined ? 0 : 1 + depthOf(act.act)
}
