import type { Secret } from '../../core/index.ts'
import type { Used, Verified } from './answers.ts'

/**
 * Whether a new password is one of the last. Every one of the `most` newest hashes is compared, also when an earlier one
 * fits already, so that the time tells nothing; one after the other, so that one person takes one place in the line.
 *
 * @param hashes newest first
 * @param most how many of them count
 */
export async function wasUsed(
  password: Secret,
  hashes: readonly string[],
  most: number,
  verify: (hash: string, password: Secret) => Promise<Verified>,
): Promise<Used> {
  let used = false
  for (const hash of hashes.slice(0, most)) {
    const answer = await verify(hash, password)
    if (answer.is === 'busy') return answer
    used ||= answer.is === 'right'
  }
  return { is: used ? 'used' : 'new' }
}
