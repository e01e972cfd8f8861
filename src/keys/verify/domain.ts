import { domainToASCII } from 'node:url'

/** An allowed domain, made ready: exact, or every name below it. */
export type DomainRule = { readonly exact: string } | { readonly below: string }

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Checks an allowed domain as a person wrote it: `example.com`, or `*.example.com` for every name below it.
 * International names are written in their ASCII form (`xn--…`), which is what browsers send.
 *
 * @returns null when it is right, else the sentence that says what is wrong
 */
export function domainFault(text: string): string | null {
  const name = text.startsWith('*.') ? text.slice(2) : text
  if (/[/:@]/.test(text)) return `"${text}" must be a bare domain, without scheme, port or path`
  const ascii = domainToASCII(name)
  if (ascii !== name && ascii !== '') {
    return `"${text}" must be written as browsers send it: ${text.startsWith('*.') ? '*.' : ''}${ascii}`
  }
  if (name.length > 253 || !name.split('.').every((label) => LABEL.test(label))) {
    return `"${text}" must be a domain in lower case ASCII, such as example.com or *.example.com`
  }
  if (text.startsWith('*.') && !name.includes('.')) return `"${text}" would match a whole top-level domain`
  return null
}

export function domainRule(text: string): DomainRule {
  return text.startsWith('*.') ? { below: text.slice(1) } : { exact: text }
}

/** Whether a domain meets one of the rules. `*.example.com` does not mean `example.com` itself. */
export function isAllowedDomain(rules: readonly DomainRule[], domain: string | null): boolean {
  if (domain === null) return false
  return rules.some((rule) => ('exact' in rule ? domain === rule.exact : isBelow(domain, rule.below)))
}

/**
 * The domain a browser says the page came from: `Origin`, else `Referer`, never `Host`, which the caller chooses freely
 * (row K13). An `Origin` that is there but opaque (`null`) is no domain, and `Referer` does not mend it.
 */
export function domainOf(origin: string | undefined, referer: string | undefined): string | null {
  const source = origin ?? referer
  if (source === undefined || !URL.canParse(source)) return null
  const { protocol, hostname } = new URL(source)
  return (protocol === 'https:' || protocol === 'http:') && hostname !== '' ? hostname : null
}

function isBelow(domain: string, suffix: string): boolean {
  return domain.length > suffix.length && domain.endsWith(suffix)
}
