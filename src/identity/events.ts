import type { EventTable } from '../core/index.ts'
import { personEvents } from './person/events.ts'
import { sessionEvents } from './session/events.ts'

export const identityEvents = { ...personEvents, ...sessionEvents } as const satisfies EventTable
