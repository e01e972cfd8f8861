import type { RoutePermission } from '../../http/index.ts'

/** Marks a route as one for people in a session of their own, whatever they may do: keys are answered `SESSION_REQUIRED`. */
export function declarePerson(): { config: { permission: RoutePermission } } {
  return { config: { permission: 'person' } }
}
