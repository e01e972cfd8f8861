import { createHash } from 'node:crypto'
import type { Secret } from '../../core/index.ts'
import type { Breached } from './answers.ts'
import { createBreachFile } from './breach-file.ts'
import { createBreachRange } from './breach-range.ts'
import { isTooLong, readingsOf } from './normalize.ts'
import type { BreachSettings } from './settings.ts'

/** How often a SHA-1 (40 upper-case hexadecimal digits) stands in the list; 0 for never. @throws when nobody can say */
export type Lookup = (sha1: string) => Promise<number>

/** Looks passwords up that are known from breaches. */
export type Breaches = {
  readonly look: (password: Secret) => Promise<Breached>
  readonly stop: () => Promise<void>
}

type Source = { readonly lookup: Lookup; readonly stop: () => Promise<void> }

const MOST_AT_ONCE = 64
const UNCHECKED: Breached = { is: 'unchecked' }
const nothing = async (): Promise<void> => {}

const SOURCES: Readonly<Record<'online' | 'offline', (settings: BreachSettings) => Source>> = {
  online: createBreachRange,
  offline: ({ file }) => ({ lookup: createBreachFile(requireFile(file)), stop: nothing }),
}

/**
 * The list is asked for what was typed and for what it normalises to, where that differs: people are in it with either.
 *
 * @throws Error when the mode is `offline` and there is no file
 */
export function createBreaches(settings: BreachSettings): Breaches {
  if (settings.mode === 'off') return { look: async () => UNCHECKED, stop: nothing }
  const { lookup, stop } = SOURCES[settings.mode](settings)
  let asked = 0

  async function look(password: Secret): Promise<Breached> {
    const text = password.reveal()
    if (isTooLong(text)) return { is: 'clear' }
    if (asked >= MOST_AT_ONCE) return unknown('too many are asked for at once')
    asked++
    try {
      const counts = await Promise.all(readingsOf(text).map((reading) => lookup(sha1(reading))))
      const count = Math.max(...counts)
      return count > 0 ? { is: 'breached', count } : { is: 'clear' }
    } catch (error) {
      return unknown(error instanceof Error ? error.message : String(error))
    } finally {
      asked--
    }
  }

  function unknown(why: string): Breached {
    return { is: 'unknown', why, mayPass: !settings.refusePasswordsWhenUnreachable }
  }

  return Object.freeze({ look, stop })
}

// The list's own hash; it protects nothing here.
function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex').toUpperCase()
}

function requireFile(file: string | null): string {
  if (file === null) throw new Error('the offline list of breached passwords needs a file')
  return file
}
