import { parentPort } from 'node:worker_threads'
import { stepBack } from './step-back.ts'
import type { ThreadAnswer } from './thread-pool.ts'

/**
 * What a thread of a pool does: steps back behind the requests, then answers each question with what `answer` returns,
 * or with the sentence of what it throws.
 */
export function answerQuestions<Q, A>(answer: (question: Q) => A): void {
  stepBack()
  parentPort?.on('message', (question: Q) => {
    parentPort?.postMessage(attempt(answer, question))
  })
}

function attempt<Q, A>(answer: (question: Q) => A, question: Q): ThreadAnswer<A> {
  try {
    return { ok: true, value: answer(question) }
  } catch (error) {
    return { ok: false, error: String(error) }
  }
}
