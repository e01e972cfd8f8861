/**
 * Whether a host is one of those that are served: named in full, or by `*.` and the rest, which stands for exactly one
 * label. Null where all are.
 */
export function hostRule(hosts: readonly string[]): ((host: string) => boolean) | null {
  if (hosts.length === 0) return null
  const whole = new Set(hosts.map((host) => host.toLowerCase()))
  return (host) => whole.has(host) || whole.has(`*${afterFirstLabel(host)}`)
}

// Without a dot nothing is left, and `*` alone is no pattern.
function afterFirstLabel(host: string): string {
  const dot = host.indexOf('.')
  return dot <= 0 ? '' : host.slice(dot)
}
