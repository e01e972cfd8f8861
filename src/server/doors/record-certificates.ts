import type { EventInput } from '../../core/index.ts'

export type Record = { readonly record: (event: EventInput) => void }

const FACTS = {
  principalKind: 'system',
  principal: 'system',
} as const

/** Writes down what becomes of the files of one setting. */
export function recordCertificates(
  at: string,
  audit: Record,
): { readonly changed: (until: number) => void; readonly refused: (reason: string) => void } {
  return {
    changed: (until) =>
      audit.record({
        ...FACTS,
        type: 'certificates.changed',
        outcome: 'success',
        details: { at, until: Number.isFinite(until) ? new Date(until).toISOString() : null },
      }),
    refused: (reason) =>
      audit.record({
        ...FACTS,
        type: 'certificates.refused',
        outcome: 'failure',
        details: { at, reason: reason.slice(0, 512) },
      }),
  }
}
