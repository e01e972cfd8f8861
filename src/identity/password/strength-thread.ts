import { answerQuestions } from './answer-questions.ts'
import { pickWords } from './generate.ts'
import { strengthOf, words } from './strength.ts'
import type { StrengthAnswer, StrengthQuestion } from './strength-pool.ts'

// The thread of strength-pool.ts.
answerQuestions<StrengthQuestion, StrengthAnswer>((question) =>
  question.do === 'judge' ? strengthOf(question.password, question.about) : pickWords(words),
)
