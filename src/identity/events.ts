import type { EventTable } from '../core/index.ts'
import { deviceEvents } from './device/events.ts'
import { factorEvents } from './factor/events.ts'
import { organizationEvents } from './organization/events.ts'
import { passkeyEvents } from './passkey/events.ts'
import { personEvents } from './person/events.ts'
import { recoveryEvents } from './recovery/events.ts'
import { sessionEvents } from './session/events.ts'
import { signInEvents } from './sign-in/events.ts'

export const identityEvents = {
  ...personEvents,
  ...organizationEvents,
  ...recoveryEvents,
  ...deviceEvents,
  ...signInEvents,
  ...sessionEvents,
  ...factorEvents,
  ...passkeyEvents,
} as const satisfies EventTable
