import type { Audit } from '../../audit/index.ts'
import type { Asked } from './check.ts'
import type { Decision } from './decision.ts'
import type { Question } from './question.ts'

export type RecordSettings = {
  /** Of the decisions that allow, one in so many is recorded. */
  readonly allowOneIn: number
}

const LONGEST = 512

/**
 * Makes Events of decisions (row A10): every deny, and of what is allowed one in so many. What is recorded is also kept for
 * dry runs of policies.
 *
 * @param deps.random a number from 0 to 1, which chooses those that are recorded
 */
export function createDecisionRecord(deps: {
  audit: Pick<Audit, 'record'>
  settings: RecordSettings
  keep: (organization: string, question: Question) => void
  random?: () => number
}) {
  const { audit, settings, keep, random = Math.random } = deps
  const share = 1 / settings.allowOneIn
  return (organization: string, question: Question, decision: Decision, asked?: Asked): void => {
    if (decision.allowed && random() >= share) return
    keep(organization, question)
    const { principal, action, resource } = question
    audit.record({
      type: decision.allowed ? 'access.allowed' : 'access.denied',
      outcome: decision.allowed ? 'success' : 'denied',
      principalKind: principal.type,
      principal: principal.id,
      organization,
      address: asked?.address ?? null,
      requestId: asked?.requestId ?? null,
      resource: resource.id === null ? resource.type : `${resource.type}:${resource.id}`,
      details: {
        action,
        decidedBy: decision.decidedBy,
        because: decision.because.join(', ').slice(0, LONGEST),
        askedBy: asked?.by ?? null,
      },
    })
  }
}
