import { answerQuestions } from './answer-questions.ts'
import { fits, makeHash } from './compare.ts'
import type { HashAnswer, HashQuestion } from './hash-pool.ts'

// The thread of hash-pool.ts.
answerQuestions<HashQuestion, HashAnswer>((question) =>
  question.do === 'hash'
    ? makeHash(question.password)
    : question.readings.some((reading) => fits(reading, question.hash)),
)
