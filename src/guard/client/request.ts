import { addressBelow, type Base } from './address.ts'
import type { AskOptions } from './asked.ts'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])
/** RFC 9110, section 5.6.2 and 5.5: without what ends a line. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/

/**
 * Where a request goes, or null for one that cannot be sent as it is. Found out here, since a request that fails on the way
 * would count against the provider, and parts of it may come from a stranger.
 */
export function addressOf(
  base: Base,
  path: string,
  { method = 'GET', query = {}, headers = {} }: AskOptions,
): string | null {
  const isPlain = METHODS.has(method) && Object.entries(headers).every(([name, value]) => isHeader(name, value))
  return isPlain ? addressBelow(base, path, query) : null
}

/** Whether a header can be sent as it is written. */
export function isHeader(name: string, value: unknown): boolean {
  return NAME.test(name) && typeof value === 'string' && VALUE.test(value)
}
