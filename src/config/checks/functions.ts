import { parseNetwork } from '../../core/index.ts'
import type { Check, RouteDraft } from '../draft.ts'
import { quoted } from '../path.ts'
import { startsWithParts } from './route-path.ts'
import { eachRoute } from './routes.ts'

/** Rules about who functions are for. */
export const functionChecks: readonly Check[] = [
  {
    name: 'every route declares who it is for',
    look: (draft, { say }) => {
      if (draft.gateway?.allowUndeclaredRoutes !== false) return
      eachRoute((route, path, tell) => {
        const { public: open, authenticate, require: wanted } = route
        const asks =
          open === false && authenticate?.every((kind) => kind !== undefined) === true && authenticate.length > 0
        if (!asks || wanted === undefined || isDeclared(wanted)) return
        tell(
          path,
          'does not say who it is for: write `require: { scopes: […] }` or `permissions`, or `require: { level: known }` if any good credential is enough',
        )
      })(draft, { say })
    },
  },
  {
    name: 'a public route asks nothing of its callers',
    look: eachRoute(({ public: open, require: wanted }, path, say) => {
      if (open !== true) return
      for (const kind of ['level', 'owner', 'relation', 'policy'] as const) {
        if (wanted?.[kind] === undefined || wanted[kind] === null) continue
        say(
          [...path, 'require', kind],
          'can not be required on a public route, where nobody is asked who they are',
          'key',
        )
      }
    }),
  },
  {
    name: 'functions of administrators are under their prefix, and nothing public is',
    look: (draft, { say }) => {
      const prefix = draft.gateway?.admin?.prefix
      if (prefix === undefined) return
      eachRoute(({ match, public: open, require: wanted }, path, tell) => {
        if (match?.path === undefined) return
        const isUnder = startsWithParts(match.path.toLowerCase(), prefix.toLowerCase())
        if (isUnder && open === true)
          tell([...path, 'public'], `is true under ${quoted(prefix)}, which is for administrators`, 'key')
        if (!isUnder && wanted?.level === 'admin')
          tell([...path, 'match', 'path'], `is not under ${quoted(prefix)}, where functions of administrators are`)
      })(draft, { say })
    },
  },
  {
    name: 'networks of administrators are networks',
    look: ({ gateway }, { say }) => {
      gateway?.admin?.networks?.forEach((text, i) => {
        const network = text === undefined ? null : parseNetwork(text)
        if (typeof network === 'string') say(['gateway', 'admin', 'networks', i], network)
      })
    },
  },
]

function isDeclared(wanted: NonNullable<NonNullable<RouteDraft>['require']>): boolean {
  const { scopes, permissions, roles, ...others } = wanted
  if ([scopes, permissions, roles].some((named) => named?.length !== 0)) return true
  return Object.values(others).some((it) => it !== null)
}
