import { contains, type Network, parseNetwork, type Request } from '../../core/index.ts'

/** Where a route stands in its life, and who may know of it. */
export type LifecycleSettings = {
  readonly state: 'preview' | 'stable' | 'deprecated' | 'sunset'
  /** Dates as `2026-01-31` or `2026-01-31T12:00:00Z`. */
  readonly deprecatedAt: string | null
  readonly sunsetAt: string | null
  /** Where what takes its place is. */
  readonly successor: string | null
  /** A page about it. */
  readonly document: string | null
  readonly exposure: 'external' | 'internal'
}

/**
 * What a route tells of its life in every answer, made once for it: since when it is deprecated (RFC 9745), when it ends (RFC
 * 8594), what takes its place (RFC 5829).
 *
 * @returns null when there is nothing to tell
 */
export function lifecycleHead(settings: LifecycleSettings) {
  const { deprecatedAt, sunsetAt, successor, document } = settings
  const lines = [
    ...(deprecatedAt === null ? [] : ['deprecation', `@${Math.floor(Date.parse(deprecatedAt) / 1000)}`]),
    ...(sunsetAt === null ? [] : ['sunset', new Date(Date.parse(sunsetAt)).toUTCString()]),
    ...(successor === null ? [] : ['link', `<${successor}>; rel="successor-version"`]),
    ...(document === null
      ? []
      : ['link', `<${document}>; rel="${deprecatedAt === null ? 'service-doc' : 'deprecation'}"`]),
  ]
  if (lines.length === 0) return null
  return Object.freeze({
    name: settings.state,
    // What links the upstream has stand beside ours.
    replaces: ['deprecation', 'sunset'].filter((name) => lines.includes(name)),
    write: (into: string[]): void => {
      for (const line of lines) into.push(line)
    },
  })
}

/**
 * Whether a route is there for a request: gone since its end, or hidden from who is not inside. Asked of the request's own time,
 * so that the end needs nobody who does something.
 *
 * @param networks what is inside
 * @returns null when it is always there for everybody
 */
export function absence({ state, sunsetAt, exposure }: LifecycleSettings, networks: readonly string[]) {
  const end = state === 'sunset' ? 0 : sunsetAt === null ? Number.POSITIVE_INFINITY : Date.parse(sunsetAt)
  const inside = exposure === 'internal' ? networks.map(readNetwork) : null
  if (inside === null && end === Number.POSITIVE_INFINITY) return null
  return ({ client, receivedAt }: Pick<Request, 'client' | 'receivedAt'>): 'gone' | 'hidden' | null => {
    if (inside !== null && !inside.some((network) => contains(network, client))) return 'hidden'
    return receivedAt >= end ? 'gone' : null
  }
}

function readNetwork(text: string): Network {
  const network = parseNetwork(text)
  if (typeof network === 'string') throw new Error(network)
  return network
}
