import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request that the gateway answers itself, before routes are asked. */
export type Asking = {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  /** What every answer says: names and values in turn. */
  readonly head: () => readonly string[]
}

/** Sets headers that the answer itself may still say otherwise. */
export function setHead(response: ServerResponse, lines: readonly string[]): void {
  for (let i = 0; i < lines.length; i += 2) response.setHeader(lines[i] as string, lines[i + 1] as string)
}
