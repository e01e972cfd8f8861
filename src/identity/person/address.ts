import { domainToASCII } from 'node:url'
import { isMailAddress } from '../../notices/index.ts'

/**
 * A mail address as it is kept and shown, or null for what is none. The domain may be written in any script and is kept
 * as the network knows it (RFC 5891), so that one that only looks like another is seen to differ. The part before the
 * `@` is ASCII: there nobody but the provider knows which letters it tells apart.
 *
 * @example readMailAddress('ada@BÜCHER.example') // 'ada@xn--bcher-kva.example'
 */
export function readMailAddress(text: string): string | null {
  const typed = text.trim()
  const at = typed.lastIndexOf('@')
  if (at < 1 || typed.length > LONGEST) return null
  const address = `${typed.slice(0, at)}@${domainOf(typed.slice(at + 1))}`
  return isMailAddress(address) ? address : null
}

const LONGEST = 254
const PLAIN = /^[\x21-\x7e]+$/
// Where the URL rules would cut the text, or read the rest as something else than a host.
const CUTS = /[/\\:?#@%[\]\s]/u

// What is ASCII already is only lowered: the URL rules would read `1.2` as the address of a host.
function domainOf(text: string): string {
  if (CUTS.test(text)) return ''
  const lower = text.toLowerCase()
  const isPlain = PLAIN.test(text) && !lower.includes('xn--')
  return isPlain ? lower : domainToASCII(text)
}
