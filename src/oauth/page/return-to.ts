const MOST = 2048

/**
 * Where somebody goes on after signing in: an address of ours, or null. Whoever writes a link to our page must not be
 * able to send people elsewhere by it (CWE-601).
 *
 * @param given as it came, such as `/account?tab=keys`
 * @example ownAddress('//evil.example', 'https://id.example.com') // null
 */
export function ownAddress(given: unknown, issuer: string): string | null {
  if (typeof given !== 'string' || given.length > MOST) return null
  // Browsers read a backslash as a slash, and pass over line ends and tabs.
  if (!given.startsWith('/') || /[\\\p{Cc}\s]/u.test(given)) return null
  const { origin } = new URL(issuer)
  const found = URL.parse(given, origin)
  return found?.origin === origin && !found.pathname.startsWith('//')
    ? found.pathname + found.search + found.hash
    : null
}
