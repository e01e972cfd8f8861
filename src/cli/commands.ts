import { accessCommands } from './access.ts'
import { accessCheckCommands } from './access-check.ts'
import { reviewCommands } from './access-reviews.ts'
import { approvalCommands } from './approvals.ts'
import { auditCommands } from './audit.ts'
import { clientCommands } from './clients.ts'
import type { Command } from './command.ts'
import { configCommands } from './config.ts'
import { configVersionCommands } from './config-versions.ts'
import { entityCommands } from './entities.ts'
import { explainCommands } from './explain.ts'
import { grantCommands } from './grants.ts'
import { inventoryCommands } from './inventory.ts'
import { keyCommands } from './keys.ts'
import { keyExchangeCommands } from './keys-exchange.ts'
import { keyImportCommands } from './keys-import.ts'
import { keyLeakedCommands } from './keys-leaked.ts'
import { keyScanCommands } from './keys-scan.ts'
import { migrateCommands } from './migrate.ts'
import { noticeCommands } from './notices.ts'
import { organizationCommands } from './organizations.ts'
import { organizationDomainCommands } from './organizations-domains.ts'
import { organizationPeopleCommands } from './organizations-people.ts'
import { policyCommands } from './policies.ts'
import { relationCommands } from './relations.ts'
import { roleCommands } from './roles.ts'
import { routeImportCommands } from './routes-import.ts'
import { secretCommands } from './secrets.ts'
import { serveCommands } from './serve.ts'
import { serviceCommands } from './services.ts'
import { signatureKeyCommands } from './signature-keys.ts'
import { signingKeyCommands } from './signing-keys.ts'
import { tokenCommands } from './tokens.ts'
import { userCommands } from './users.ts'
import { userImportCommands } from './users-import.ts'
import { webhookCommands } from './webhooks.ts'

/** Every command there is, in the order of the overview. */
export const commands: readonly Command[] = [
  ...configCommands,
  ...configVersionCommands,
  ...serveCommands,
  ...routeImportCommands,
  ...inventoryCommands,
  ...keyCommands,
  ...keyScanCommands,
  ...keyLeakedCommands,
  ...keyImportCommands,
  ...keyExchangeCommands,
  ...signatureKeyCommands,
  ...approvalCommands,
  ...userCommands,
  ...userImportCommands,
  ...organizationCommands,
  ...organizationPeopleCommands,
  ...organizationDomainCommands,
  ...serviceCommands,
  ...clientCommands,
  ...tokenCommands,
  ...accessCommands,
  ...roleCommands,
  ...grantCommands,
  ...reviewCommands,
  ...relationCommands,
  ...policyCommands,
  ...entityCommands,
  ...accessCheckCommands,
  ...explainCommands,
  ...auditCommands,
  ...webhookCommands,
  ...noticeCommands,
  ...signingKeyCommands,
  ...secretCommands,
  ...migrateCommands,
]
