import { threadId } from 'node:worker_threads'
import { answerQuestions } from '../answer-questions.ts'

// A thread that answers, fails or ends as it is told.
answerQuestions<string, string>((question) => {
  if (question === 'end') process.exit(1)
  if (question === 'fail') throw new Error('as it was told')
  if (question === 'who') return String(threadId)
  return `${question} answered`
})
