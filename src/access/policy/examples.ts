import type { FieldError } from '../../core/index.ts'
import type { Question } from '../decision/question.ts'
import type { JudgeByBook } from './judge-book.ts'
import type { PolicyBook, PolicyExample } from './policy.ts'

/**
 * Which examples of a book its policies do not answer as expected. Those beside policies that are switched off say nothing.
 *
 * @param now the moment at which the examples are asked, in milliseconds
 */
export function failedExamples({ policies }: PolicyBook, judge: JudgeByBook, now: number): FieldError[] {
  return policies
    .filter(({ enabled }) => enabled)
    .flatMap(({ name, examples }) =>
      examples.flatMap((example) => {
        const { outcome, because } = judge(questionOf(example), now)
        if (outcome === example.expect) return []
        const by = because.length === 0 ? '' : ` by ${because.join(', ')}`
        const message = `${name}, "${example.name}": expected ${example.expect}, but it is ${outcome}${by}`
        return [{ path: 'examples', message }]
      }),
    )
}

function questionOf({ principal, action, resource, context }: PolicyExample): Question {
  return { principal: { ...principal, permissions: [] }, action, resource, context }
}
