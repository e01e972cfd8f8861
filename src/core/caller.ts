import type { Actor } from './event.ts'
import { DEFAULT_ORGANIZATION, type Principal } from './principal.ts'

/** Who calls a function of ours, and from where: what a verb needs to decide, and what its Event tells. */
export type Caller = {
  readonly principal: Principal
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
}

/** The part of an event that tells who did it. */
export function actorOf(caller: Caller): Actor {
  const { principal, address, userAgent, requestId } = caller
  return {
    principalKind: principal.kind,
    principal: principal.id,
    credential: principal.credential?.id ?? null,
    organization: organizationOf(caller),
    address,
    userAgent,
    requestId,
  }
}

/** The tenant in whose name a caller acts. */
export function organizationOf(caller: Caller): string {
  return caller.principal.organization ?? DEFAULT_ORGANIZATION
}
