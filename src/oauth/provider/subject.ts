import { createHmac } from 'node:crypto'
import type { Client } from 'oidc-provider'
import type { Shared } from './shared.ts'

/** What a client calls a person (OpenID Connect Core, section 8). */
export function subjectOf({ pairwiseKey }: Pick<Shared, 'pairwiseKey'>, client: Client, personId: string): string {
  return client.subjectType === 'pairwise' ? pairwise(pairwiseKey, client, personId) : personId
}

/** Another name of a person for each sector (OpenID Connect Core, section 8.1). */
export function pairwise(key: Buffer, client: Client, accountId: string): string {
  const sector = client.sectorIdentifier ?? client.clientId
  return createHmac('sha256', key).update(`${sector}\n${accountId}`).digest('base64url')
}
