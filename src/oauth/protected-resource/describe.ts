import {
  describeResource,
  metadataAddressOf,
  type ProtectedResource,
  pathOf,
  type ResourceFacts,
  resourceOf,
  type TokenRoute,
} from './protected-resource.ts'

/** What a gateway tells about the APIs behind it (RFC 9728). */
export type ProtectedResources = {
  /**
   * The document for what lies at a path.
   *
   * @param host as the request names it: it chooses between APIs that have one path on several hosts, and nothing else
   * @param path of the API, without the well-known part; empty for that of the whole host
   * @param routes the ids of the routes at that path
   * @returns null where no tokens are taken
   */
  readonly at: (asked: { host: string; path: string; routes: readonly string[] }) => ProtectedResource | null
  /** Where a route’s document is found, for challenges; null where its tokens are for no address, or it takes none. */
  readonly addressFor: (route: string) => string | null
}

/** Describes the APIs behind the routes that take tokens, once for a configuration. */
export function createProtectedResources(routes: readonly TokenRoute[], facts: ResourceFacts): ProtectedResources {
  const names = [...new Set(routes.map((route) => resourceOf(route, facts)))]
  const described = new Map(
    names.map((name) => [
      name,
      describeResource(
        name,
        routes.filter((route) => resourceOf(route, facts) === name),
        facts,
      ),
    ]),
  )
  const named = new Map(routes.map((route) => [route.id, resourceOf(route, facts)]))
  // A route for whose tokens this server itself is meant is not found at the address of this server.
  const addresses = new Map(
    routes.map(({ id, audience }) => [id, audience === null ? null : metadataAddressOf(audience)]),
  )
  const places = names.flatMap((name) => {
    const url = metadataAddressOf(name) === null ? null : URL.parse(name)
    return url === null || !routes.some(({ audience }) => audience === name)
      ? []
      : [{ name, host: url.host, path: pathOf(url) }]
  })

  function nameAt({ host, path, routes: ids }: Parameters<ProtectedResources['at']>[0]): string | undefined {
    const here = places.filter((place) => place.path === path)
    const exact = here.find((place) => place.host === host) ?? here[0]
    const [only, ...others] = names
    return (
      exact?.name ??
      ids.flatMap((id) => named.get(id) ?? [])[0] ??
      (path === '' && others.length === 0 ? only : undefined)
    )
  }

  return Object.freeze({
    at: (asked) => described.get(nameAt(asked) ?? '') ?? null,
    addressFor: (route) => addresses.get(route) ?? null,
  } satisfies ProtectedResources)
}
