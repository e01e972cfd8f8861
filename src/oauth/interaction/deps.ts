import type { Consents } from '../consent/consents.ts'
import type { AccountFacts, ResourceSettings } from '../provider/deps.ts'
import type { ProtocolServer } from '../provider/dispatcher.ts'
import type { VisitDeps } from './visit.ts'

/** What the pages of authorization requests are given. */
export type InteractionDeps = VisitDeps & {
  readonly server: Pick<ProtocolServer, 'current' | 'formRefusals'>
  readonly issuer: string
  readonly consents: Pick<Consents, 'agree' | 'deny' | 'agreedWith'>
  readonly resources: readonly ResourceSettings[]
  readonly accountOf: (personId: string, organization: string) => Promise<AccountFacts | null>
  /** What a scope of an API lets do; null where nobody said. */
  readonly describeScope: (scope: string) => string | null
}
