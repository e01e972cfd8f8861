import type { EventInput } from '../../core/index.ts'
import type { System } from '../system.ts'

/** The one place that every finished request goes to, whichever door it came through. */
export function recordRequests({ audit, keys }: Pick<System, 'audit' | 'keys'>): (event: EventInput) => void {
  return (event) => {
    audit.record(event)
    keys.observe(event)
  }
}
