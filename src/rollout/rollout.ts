import type { Audit } from '../audit/index.ts'
import type { Difference, WrittenGateway } from '../config/index.ts'
import { type Caller, type Clock, done, type FieldError, type Result, refused } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { applyVersion, type Drawn } from './apply.ts'
import { note } from './note.ts'
import { refuseRollout } from './problems.ts'
import { putRoute, type RouteWish, removeRoute, routesOf } from './route.ts'
import { findVersion, listVersions, newestVersion } from './store.ts'
import type { Cause, Version } from './version.ts'

/** What came of a change: the version that says it, and in what it differs from the one before. */
export type Outcome = {
  /** Null where there is none yet, and nothing was made of a try. */
  readonly version: Version | null
  readonly changes: readonly Difference[]
}

/** Which version may be followed by another (null: whatever it is), and whether it is only tried. */
export type Wish = { readonly from: number | null; readonly dry: boolean }

export type RolloutDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  /** Whether the settings of the gateway come from here, or from the file of each process. */
  readonly source: 'file' | 'applied'
  /** Everything that is wrong with settings, whole: nothing where they would be in force. */
  readonly tryOut: (gateway: WrittenGateway) => Promise<readonly FieldError[]>
  /** Whether somebody runs the installation. */
  readonly rulesAll: (caller: Caller) => boolean
}

/**
 * What the gateway is told to be, version by version. All that changes it is checked whole
 * before; nothing of a wrong change is kept. Errors of all changes: `CONFIGURATION_INVALID`, `CONFIGURATION_IN_FILES`,
 * `CONFIGURATION_OF_THE_INSTALLATION`, `VERSION_STALE`.
 */
export type Rollout = {
  readonly source: 'file' | 'applied'
  /** The version in force, or null before the first. */
  readonly newest: () => Promise<Version | null>
  readonly apply: (gateway: WrittenGateway, wish: Wish, caller: Caller) => Promise<Result<Outcome>>
  /** Tells the gateway to be what it was; that is a new version. Errors: `CONFIGURATION_VERSION_UNKNOWN`. */
  readonly rollBack: (to: number, wish: Wish, caller: Caller) => Promise<Result<Outcome>>
  readonly putRoute: (route: RouteWish, wish: Wish, caller: Caller) => Promise<Result<Outcome>>
  /** Errors: `ROUTE_UNKNOWN`. */
  readonly removeRoute: (id: string, wish: Wish, caller: Caller) => Promise<Result<Outcome>>
  /** Errors: `CONFIGURATION_OF_THE_INSTALLATION`. */
  readonly seenBy: (caller: Caller) => Result<Rollout['seen']>
  readonly seen: {
    readonly newest: () => Promise<Version | null>
    readonly get: (version: number) => Promise<Result<Version>>
    /** Newest first, continuing before one. */
    readonly list: (part: { readonly before: number | null; readonly limit: number }) => Promise<Version[]>
    readonly route: (id: string) => Promise<Result<{ readonly version: number; readonly route: RouteWish }>>
  }
  /** Takes down what a process read of its file, if it is not what was in force before. */
  readonly note: (gateway: WrittenGateway) => Promise<Version>
}

/** Opens what the gateway was told to be. */
export function createRollout(deps: RolloutDeps): Rollout {
  const { store, source, rulesAll } = deps
  const newest = () => newestVersion(store)

  async function change(
    cause: Cause,
    wish: Wish,
    caller: Caller,
    draw: (before: Version | null) => Result<Drawn> | Promise<Result<Drawn>>,
  ): Promise<Result<Outcome>> {
    if (!rulesAll(caller)) return refused(refuseRollout('CONFIGURATION_OF_THE_INSTALLATION'))
    if (source === 'file' && !wish.dry) return refused(refuseRollout('CONFIGURATION_IN_FILES'))
    return applyVersion(deps, { cause, wish, caller }, draw)
  }

  const seen: Rollout['seen'] = {
    newest,
    get: async (version) => found(await findVersion(store, version)),
    list: (part) => listVersions(store, part),
    route: async (id) => {
      const last = await newest()
      const route = last === null ? undefined : routesOf(last.gateway).find((one) => one.id === id)
      if (last === null || route === undefined) return refused(refuseRollout('ROUTE_UNKNOWN'))
      return done({ version: last.version, route })
    },
  }

  return Object.freeze({
    source,
    newest,
    apply: (gateway, wish, caller) => change('apply', wish, caller, () => done(gateway)),
    rollBack: (to, wish, caller) =>
      change('roll back', wish, caller, async () => {
        const version = found(await findVersion(store, to))
        return version.ok ? done(version.value.gateway) : version
      }),
    putRoute: (route, wish, caller) =>
      change('route', wish, caller, (before) => done(putRoute(before?.gateway ?? {}, route))),
    removeRoute: (id, wish, caller) =>
      change('route', wish, caller, (before) => removeRoute(before?.gateway ?? {}, id)),
    seenBy: (caller) => (rulesAll(caller) ? done(seen) : refused(refuseRollout('CONFIGURATION_OF_THE_INSTALLATION'))),
    seen,
    note: (gateway) => note(deps, gateway),
  } satisfies Rollout)
}

function found(version: Version | null): Result<Version> {
  return version === null ? refused(refuseRollout('CONFIGURATION_VERSION_UNKNOWN')) : done(version)
}
