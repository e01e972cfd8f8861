import { randomBytes } from 'node:crypto'
import { type Consents, createConsents } from '../consent/consents.ts'
import type { AdapterDeps } from '../entity/adapter.ts'
import { endGrants } from '../entity/end-grants.ts'
import { createEntityMemory } from '../entity/memory.ts'
import { ENTITY_PURPOSE, resealEntities } from '../entity/store.ts'
import type { ProviderDeps } from './deps.ts'
import { newNonceSecret } from './features.ts'
import { currentSession, settleLater } from './own-session.ts'

/** What every Provider of this process shares: one is made anew whenever the signing keys change. */
export type Shared = {
  readonly adapter: AdapterDeps
  readonly consents: Consents
  readonly cookieKey: Buffer
  readonly nonceSecret: Buffer
  readonly pairwiseKey: Buffer
}

export async function openShared(deps: ProviderDeps): Promise<Shared> {
  const { store, clock, secrets, revokeSigned, sessionEndsAt } = deps
  const sessionLives = async (id: string) => (await sessionEndsAt(id)) !== null
  const box = await secrets.box(ENTITY_PURPOSE)
  const memory = createEntityMemory(clock)
  secrets.resealWith(ENTITY_PURPOSE, resealEntities)
  const kept = async (name: string, make: () => Buffer) => (await secrets.keep(name, make)).reveal()
  const consents = createConsents({
    ...deps,
    lifetime: deps.settings.lifetimes.grant,
    endGrants: (tx, whose) => endGrants({ box, revokeSigned }, tx, whose),
    onWithdrawn: () => memory.forget(null),
  })
  return {
    consents,
    adapter: { store, clock, box, memory, ownSession: currentSession, sessionLives, settle: settleLater, revokeSigned },
    cookieKey: await kept('oauth.cookies', () => randomBytes(32)),
    nonceSecret: await kept('oauth.nonces', newNonceSecret),
    pairwiseKey: await kept('oauth.pairwise', () => randomBytes(32)),
  }
}
