import { parentPort } from 'node:worker_threads'
import bcrypt from 'bcryptjs'
import type { BcryptAnswer, BcryptQuestion } from './foreign-bcrypt.ts'

// The thread of foreign-bcrypt.ts. Every hash is compared even when an earlier one fits, so that time tells nothing.
parentPort?.on('message', ({ id, text, hashes }: BcryptQuestion) => {
  try {
    const fitting = hashes.filter((hash) => bcrypt.compareSync(text, hash))
    answer({ id, fits: fitting[0] ?? null, error: null })
  } catch (error) {
    answer({ id, fits: null, error: String(error) })
  }
})

function answer(message: BcryptAnswer): void {
  parentPort?.postMessage(message)
}
