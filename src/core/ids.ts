import { randomFillSync } from 'node:crypto'

/** The kinds of thing that carry an id, by prefix. An id says what it names: `key_…`, `evt_…`. */
export type IdPrefix =
  | 'apr'
  | 'cli'
  | 'cns'
  | 'dev'
  | 'dlv'
  | 'eml'
  | 'evt'
  | 'fac'
  | 'grt'
  | 'inv'
  | 'key'
  | 'log'
  | 'nod'
  | 'org'
  | 'pky'
  | 'pol'
  | 'que'
  | 'rcv'
  | 'req'
  | 'rgt'
  | 'rot'
  | 'rsk'
  | 'sec'
  | 'ses'
  | 'sgk'
  | 'sgn'
  | 'svc'
  | 'tkt'
  | 'tok'
  | 'usr'
  | 'whk'

// Crockford's base 32 without i, l, o, u: no look-alikes, sorts as ASCII, survives case folding by people.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_CHARACTERS = 9
const RANDOM_CHARACTERS = 15
const BODY = new RegExp(`^[${ALPHABET}]{${TIME_CHARACTERS + RANDOM_CHARACTERS}}$`)

// One system call fills many ids; a byte is never handed out twice.
const pool = Buffer.alloc(RANDOM_CHARACTERS * 256)
let unused = pool.length

/**
 * Makes a time-ordered id: the prefix, nine characters of milliseconds, fifteen random ones (75 bits).
 * Ids made later sort later as plain text, which keeps indexes append-mostly and pages stable.
 *
 * @param prefix what the id names
 * @param now milliseconds since the epoch, from the caller's clock
 * @example createId('key', clock.now()) // 'key_1hq3v0c9k' + 15 random characters
 */
export function createId(prefix: IdPrefix, now: number): string {
  return `${prefix}_${timeText(now)}${randomText()}`
}

/** Whether a text has the exact form of an id of this kind. Says nothing about its existence. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && BODY.test(text.slice(prefix.length + 1))
}

/** When an id was made: milliseconds since the epoch, or null when the text is not an id of this kind. */
export function timeOfId(prefix: IdPrefix, text: string): number | null {
  if (!isId(prefix, text)) return null
  const digits = text.slice(prefix.length + 1, prefix.length + 1 + TIME_CHARACTERS)
  return Array.from(digits).reduce((time, digit) => time * 32 + ALPHABET.indexOf(digit), 0)
}

/** The pattern of an id, for schemas. */
export function idPattern(prefix: IdPrefix): string {
  return `^${prefix}_[${ALPHABET}]{${TIME_CHARACTERS + RANDOM_CHARACTERS}}$`
}

let lastTime = -1
let lastTimeText = ''

// Many ids are made in one millisecond.
function timeText(now: number): string {
  if (now === lastTime) return lastTimeText
  let rest = now
  let text = ''
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  lastTime = now
  lastTimeText = text
  return text
}

// Two characters at a time: ids are made for every request.
const PAIRS = Array.from({ length: 1024 }, (_, i) => ALPHABET.charAt(i >> 5) + ALPHABET.charAt(i & 31))

function randomText(): string {
  if (unused + RANDOM_CHARACTERS > pool.length) {
    randomFillSync(pool)
    unused = 0
  }
  let text = ALPHABET.charAt(taken() & 31)
  for (let i = 1; i < RANDOM_CHARACTERS; i += 2) text += PAIRS[((taken() & 31) << 5) | (taken() & 31)]
  return text
}

function taken(): number {
  const byte = pool[unused] as number
  pool[unused] = 0
  unused++
  return byte
}
