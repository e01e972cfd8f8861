const OWN_COOKIE = /^\s*(__(host|secure)-)?sallyport_/i

/**
 * What is left of a `Cookie` header without the cookies that are ours. Browsers send the cookies of a host to all of its ports, and
 * ours are credentials wherever they come.
 *
 * @returns null when nothing is left
 */
export function withoutOwnCookies(value: string): string | null {
  const pairs = value.split(';')
  const others = pairs.filter((pair) => !OWN_COOKIE.test(pair))
  if (others.length === pairs.length) return value
  return others.length === 0 ? null : others.join(';').trim()
}
