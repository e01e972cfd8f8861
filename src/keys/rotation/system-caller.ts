import { type Caller, systemPrincipal } from '../../core/index.ts'
import type { Key } from '../key.ts'

/** Who acts when a schedule does. */
export const SCHEDULE = 'rotation schedule'

export function systemCaller(key: Pick<Key, 'organization'>): Caller {
  return { principal: systemPrincipal(SCHEDULE, key.organization), address: null, userAgent: null, requestId: null }
}
