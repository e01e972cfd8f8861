import { createCheck, createHoldings, type Question } from '../../src/access/index.ts'
import { atLeast, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const DECISIONS = 1_000_000
const PEOPLE = 1000
const SILENT = { outcome: 'none', because: [] } as const

/** Decisions by permission, warm: a thousand people with twenty permissions each, asking in turn about four things. */
export async function benchDecisions(): Promise<Figure[]> {
  const { check } = createCheck({
    policies: { judge: () => SILENT },
    holdings: createHoldings(),
    relations: { answer: () => SILENT },
    record: () => undefined,
  })
  const questions = Array.from({ length: PEOPLE }, (_, i) => questionsOf(i)).flat()
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < DECISIONS; i++) {
      const decision = check('org_default', questions[i % questions.length] as Question)
      if (decision instanceof Promise || !decision.allowed) throw new Error('what is held was refused, or was read')
    }
    rates.push((DECISIONS * 1000) / (performance.now() - start))
  }
  return [figure('decisions by permission, warm', 'decisions/s', rates.slice(1), atLeast(1_000_000))]
}

function questionsOf(person: number): Question[] {
  const permissions = Array.from({ length: 20 }, (_, i) => `type${i}:${i % 2 === 0 ? 'read' : '*'}`)
  const principal = { type: 'user', id: `usr_${person}`, roles: [], permissions, properties: {} }
  return [0, 7, 12, 19].map((type) => {
    const resource = { type: `type${type}`, id: `object${person}`, properties: {} }
    return { principal, action: 'read', resource, context: {} }
  })
}
