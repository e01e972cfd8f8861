import { extname } from 'node:path'
import { Secret } from '../../core/index.ts'
import type { Busy } from './answers.ts'
import type { Strength } from './strength.ts'
import { createThreadPool } from './thread-pool.ts'

/** What the thread is asked, and what it answers: a strength, or a password of words. */
export type StrengthQuestion =
  | { readonly do: 'judge'; readonly password: string; readonly about: readonly string[] }
  | { readonly do: 'words' }
export type StrengthAnswer = Strength | string

/** Judges passwords, and makes them of words, where the lists of words are. */
export type StrengthPool = {
  readonly judge: (password: string, about: readonly string[]) => Promise<Strength | Busy>
  readonly words: () => Promise<Secret | Busy>
  readonly stop: () => Promise<void>
}

// The lists of words are 100 MB there, and half a second to load: neither for ever nor for each.
const IDLE_FOR = 10 * 60_000
const LIMITS = { maxYoungGenerationSizeMb: 8 }

/**
 * One thread of its own, so that judging takes nothing from hashing. It starts with the first password to judge and ends
 * after ten minutes without one.
 *
 * @param waiting how many may wait for it
 */
export function createStrengthPool(deps: { waiting: number; onError: (error: unknown) => void }): StrengthPool {
  const pool = createThreadPool<StrengthQuestion, StrengthAnswer>({
    ...deps,
    file: new URL(`./strength-thread${extname(import.meta.url)}`, import.meta.url),
    threads: 1,
    idleFor: IDLE_FOR,
    limits: LIMITS,
  })

  async function judge(password: string, about: readonly string[]): Promise<Strength | Busy> {
    return (await pool.ask({ do: 'judge', password, about })) as Strength | Busy
  }

  async function words(): Promise<Secret | Busy> {
    const answer = await pool.ask({ do: 'words' })
    return typeof answer === 'string' ? new Secret(answer) : (answer as Busy)
  }

  return Object.freeze({ judge, words, stop: pool.stop })
}
