/** Values an event may carry in its details. Nothing nested: what is nested hides things. */
export type EventDetail = string | number | boolean | null

/**
 * One thing that happened (row U1 of the promises). Absent fields are null, so that every event has the same
 * shape and the same canonical form.
 */
export type Event = {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `noun.verb`, from a module's event table: `key.created`, `request.denied`. */
  readonly type: string
  readonly outcome: Outcome
  /** The problem's code when something was denied or failed. */
  readonly code: string | null
  readonly principalKind: string | null
  readonly principal: string | null
  readonly credential: string | null
  readonly organization: string | null
  readonly address: string | null
  readonly country: string | null
  readonly userAgent: string | null
  readonly method: string | null
  readonly route: string | null
  /** What was acted on: an id for a change, a path (no query) for a request. */
  readonly resource: string | null
  readonly status: number | null
  /** Milliseconds. */
  readonly duration: number | null
  readonly bytesIn: number | null
  readonly bytesOut: number | null
  readonly requestId: string | null
  readonly traceId: string | null
  readonly details: Readonly<Record<string, EventDetail>> | null
}

export type Outcome = 'success' | 'denied' | 'failure'

/** What a caller tells; id, time and absent fields are filled in by the audit module. */
export type EventInput = Pick<Event, 'type' | 'outcome'> & Partial<Omit<Event, 'id' | 'type' | 'outcome'>>

/** A row of a module's event table: what the event means and which details it may carry. */
export type EventDefinition = { readonly sentence: string; readonly details: readonly string[] }
export type EventTable = Readonly<Record<string, EventDefinition>>

/** Who did something, from where, in which request: the part of an event that a route knows and a verb does not. */
export type Actor = Pick<
  Event,
  'principalKind' | 'principal' | 'credential' | 'organization' | 'address' | 'userAgent' | 'requestId'
>
