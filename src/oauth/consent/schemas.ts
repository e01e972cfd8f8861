import { idPattern, Type } from '../../core/index.ts'
import { Nullable, Time, withExample } from '../../http/index.ts'
import { CONSENT_KINDS, type Consent } from './consent.ts'

export const ConsentId = Type.String({ pattern: idPattern('cns'), examples: ['cns_1hq3v0c9kd5m7w2x8p4t6r1a'] })

/** A person, as other modules name them. */
export const PersonId = Type.String({ pattern: idPattern('usr'), examples: ['usr_1hq3v0c9kd5m7w2x8p4t6r1a'] })

export const ConsentBody = withExample(
  Type.Object({
    id: Type.String(),
    client: Type.Object({
      id: Type.String(),
      name: Nullable(Type.String({ description: 'Null for a client that is gone or disabled.' })),
    }),
    organization: Type.String({ description: 'Where the person acts when the client acts for them.' }),
    scopes: Type.Array(
      Type.Object({
        kind: Type.Enum([...CONSENT_KINDS]),
        resource: Nullable(Type.String({ description: 'The API; null for what is about the person.' })),
        name: Type.String(),
        agreedAt: Time,
      }),
    ),
    createdAt: Time,
    changedAt: Time,
  }),
  {
    id: 'cns_1hq3v0c9kd5m7w2x8p4t6r1a',
    client: { id: 'cli_1hq3v0c9kd5m7w2x8p4t6r1a', name: 'Shop' },
    organization: 'org_default',
    scopes: [
      {
        kind: 'api',
        resource: 'https://api.example.com',
        name: 'orders:read',
        agreedAt: '2026-01-15T09:30:00.000Z',
      },
    ],
    createdAt: '2026-01-15T09:30:00.000Z',
    changedAt: '2026-01-15T09:30:00.000Z',
  },
)

export function consentBody(consent: Consent, clientName: string | null) {
  const { id, clientId, organization, items, createdAt, changedAt } = consent
  return {
    id,
    client: { id: clientId, name: clientName },
    organization,
    scopes: items.map(({ kind, resource, name, agreedAt }) => ({
      kind,
      resource: kind === 'api' ? resource : null,
      name,
      agreedAt: new Date(agreedAt).toISOString(),
    })),
    createdAt: new Date(createdAt).toISOString(),
    changedAt: new Date(changedAt).toISOString(),
  }
}
