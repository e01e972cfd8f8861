const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * What is wrong with an entry of a list of origins, or null. Right are an origin as browsers write it
 * (`https://app.example.com`, `http://localhost:3000`) and one whose first label is `*`, which stands for one whole label.
 */
export function originPatternFault(text: string): string | null {
  if (text === 'null') return 'is what every page without an origin says, such as one in a sandbox: it is nobody'
  const plain = text.replace('://*.', '://x.')
  if (plain.includes('*')) return 'may have "*" only for its whole first label, as https://*.example.com'
  const url = URL.canParse(plain) ? new URL(plain) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an origin such as https://app.example.com'
  if (url.hostname.endsWith('.')) return 'must not end with a dot'
  if (url.origin !== plain)
    return `must be written as browsers do: ${url.origin.replace('://x.', text === plain ? '://x.' : '://*.')}`
  return text === plain || isWide(url.hostname) ? null : 'must name a domain behind "*.", as https://*.example.com'
}

// `*.com` would be everybody.
function isWide(host: string): boolean {
  const labels = host.split('.')
  return labels.length >= 3 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

/**
 * Makes the test for origins that a list names. An origin is compared as it was sent: what browsers do not write is nobody's.
 *
 * @param patterns without fault: see {@link originPatternFault}
 */
export function originTest(patterns: readonly string[]): (origin: string) => boolean {
  const exact = new Set(patterns.filter((it) => !it.includes('*')))
  const wide = patterns.filter((it) => it.includes('*')).map((it) => it.split('*') as [string, string])
  return (origin) =>
    exact.has(origin) ||
    wide.some(
      ([start, end]) =>
        origin.startsWith(start) &&
        origin.endsWith(end) &&
        LABEL.test(origin.slice(start.length, Math.max(start.length, origin.length - end.length))),
    )
}
