import { parseAddress, parseNetwork } from './address.ts'

const NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/
const ENDS_IN_NUMBER = /(^|\.)\d+$/

/** What is wrong with an entry of a list of hosts (`a.example`, `*.example`) and networks, or null. */
export function hostPatternFault(text: string): string | null {
  const network = /[/:]/.test(text) || parseAddress(text) !== null ? parseNetwork(text) : null
  if (network !== null) return typeof network === 'string' ? network : null
  return NAME.test(text) && !ENDS_IN_NUMBER.test(text)
    ? null
    : 'must be a host such as hooks.example.com or *.example.com in lower case, or a network'
}
