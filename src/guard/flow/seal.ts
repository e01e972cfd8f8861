import { createHmac, timingSafeEqual } from 'node:crypto'

/** What is handed to a client and comes back: nobody else can make or change one. */
export type Seal = {
  readonly close: (kind: SealedKind, value: object) => string
  /** What was closed under this kind, or null for everything else. */
  readonly open: (kind: SealedKind, text: string) => unknown
  /** A short name for several values together, which tells nothing of them. */
  readonly bind: (...parts: readonly string[]) => string
}

type SealedKind = 'challenge' | 'pass'

const FORM = /^([\w-]{1,700})\.([\w-]{43})$/

/** @param key 32 random bytes that all processes share */
export function createSeal(key: Buffer): Seal {
  const mac = (kind: string, text: string) => createHmac('sha256', key).update(`${kind}\n${text}`).digest()
  return Object.freeze({
    close: (kind: SealedKind, value: object) => {
      const text = Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${text}.${mac(kind, text).toString('base64url')}`
    },
    open: (kind: SealedKind, sealed: string) => {
      const [, text, told] = FORM.exec(sealed) ?? []
      if (text === undefined || told === undefined) return null
      if (!timingSafeEqual(mac(kind, text), Buffer.from(told, 'base64url'))) return null
      return JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown
    },
    bind: (...parts: readonly string[]) => mac('bound', JSON.stringify(parts)).subarray(0, 16).toString('base64url'),
  })
}
