import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Keys } from '../keys.ts'

/** What the routes of this module are given. */
export type KeyRouteDeps = { readonly keys: Keys; readonly audit: Audit; readonly clock: Clock }
