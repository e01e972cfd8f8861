import type { Request } from '../../core/index.ts'
import type { Pass } from './flow.ts'
import type { Seal } from './seal.ts'

/** Where a pass comes back: for programs. What begins with `X-Sallyport-` never gets to an upstream. */
export const PASS_HEADER = 'X-Sallyport-Pass'
/** The same for browsers. */
export const PASS_COOKIE = '__Host-sallyport_pass'

const NAME = PASS_HEADER.toLowerCase()
const COOKIE = /(?:^|;)\s*__Host-sallyport_pass=([\w.-]+)\s*(?=;|$)/g

/** The pass that a request shows, or null: of two none is taken. */
export function shownPass({ header, headerCount }: Request, seal: Seal): Pass | null {
  const shown = headerCount(NAME) === 0 ? fromCookie(header('cookie')) : onlyOne(header(NAME), headerCount(NAME))
  return shown === null ? null : (seal.open('pass', shown) as Pass | null)
}

/** What gives the pass to a browser: no script can read it, and no page of another site sends it. */
export function passCookie(pass: string, maxAge: number): string {
  return `${PASS_COOKIE}=${pass}; Max-Age=${Math.ceil(maxAge / 1000)}; Path=/; Secure; HttpOnly; SameSite=Strict`
}

function onlyOne(value: string | undefined, count: number): string | null {
  return count === 1 && value !== undefined ? value : null
}

function fromCookie(header: string | undefined): string | null {
  const found = [...(header ?? '').matchAll(COOKIE)]
  return found.length === 1 ? (found[0]?.[1] ?? null) : null
}
