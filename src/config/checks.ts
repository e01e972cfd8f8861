import { addressChecks } from './checks/addresses.ts'
import { answerChecks } from './checks/answers.ts'
import { corsChecks } from './checks/cors.ts'
import { decisionChecks } from './checks/decisions.ts'
import { doorChecks } from './checks/doors.ts'
import { flowChecks } from './checks/flows.ts'
import { functionChecks } from './checks/functions.ts'
import { groupChecks } from './checks/groups.ts'
import { guardChecks } from './checks/guard.ts'
import { leakChecks } from './checks/leaks.ts'
import { lifecycleChecks } from './checks/lifecycle.ts'
import { limitChecks } from './checks/limits.ts'
import { noticeChecks } from './checks/notices.ts'
import { openapiChecks } from './checks/openapi.ts'
import { overlapChecks } from './checks/overlap.ts'
import { passkeyChecks } from './checks/passkeys.ts'
import { processChecks } from './checks/process.ts'
import { propertyChecks } from './checks/properties.ts'
import { reloadChecks } from './checks/reload.ts'
import { routeMatchChecks } from './checks/route-match.ts'
import { routeRewriteChecks } from './checks/route-rewrite.ts'
import { routeChecks } from './checks/routes.ts'
import { secretStoreChecks } from './checks/secret-stores.ts'
import { signatureChecks } from './checks/signatures.ts'
import { signingKeyChecks } from './checks/signing-keys.ts'
import { tierChecks } from './checks/tiers.ts'
import { tokenChecks } from './checks/tokens.ts'
import type { Check } from './draft.ts'

/** Every rule of meaning, in the order in which they are looked at. */
export const CHECKS: readonly Check[] = [
  ...processChecks,
  ...addressChecks,
  ...leakChecks,
  ...noticeChecks,
  ...guardChecks,
  ...corsChecks,
  ...answerChecks,
  ...lifecycleChecks,
  ...passkeyChecks,
  ...secretStoreChecks,
  ...signingKeyChecks,
  ...doorChecks,
  ...decisionChecks,
  ...reloadChecks,
  ...routeChecks,
  ...routeMatchChecks,
  ...routeRewriteChecks,
  ...propertyChecks,
  ...openapiChecks,
  ...functionChecks,
  ...tokenChecks,
  ...signatureChecks,
  ...limitChecks,
  ...tierChecks,
  ...flowChecks,
  ...overlapChecks,
  ...groupChecks,
]
