import type { Static } from 'typebox'
import type { WrittenGateway } from '../../config/index.ts'
import { Type } from '../../core/index.ts'
import { Nullable, withExample } from '../../http/index.ts'
import type { RouteWish } from '../route.ts'
import { CAUSES, type Cause } from '../version.ts'

const strict = { additionalProperties: false }
const anyMember = { type: 'object', additionalProperties: true } as const

const ROUTE = { id: 'orders', match: { path: '/orders/**' }, upstream: 'orders', authenticate: ['apiKey'] } as const
const GATEWAY = { upstreams: { orders: { targets: ['http://127.0.0.1:9090'] } }, routes: [ROUTE] }
const DIGEST = '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945'

export const RouteId = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z][A-Za-z0-9._-]*$',
  examples: ['orders'],
})

const Gateway = Type.Unsafe<WrittenGateway>({
  ...anyMember,
  description:
    'The section `gateway` as it is written in a file, without `port`, `tls`, `proxyProtocol`, `decisions`, `reload` and `source`.',
})

const stamp = {
  version: Type.Integer({ description: 'Counts from 1.' }),
  digest: Type.String({ description: 'SHA-256 of the settings.' }),
  cause: Type.Unsafe<Cause>({ type: 'string', enum: [...CAUSES] }),
  changed: Type.Array(Type.String(), { description: 'Where it differs from the version before; the first 50 places.' }),
  at: Type.String(),
  by: Type.String({ description: 'The id of who did it; `system` for a process that read its file.' }),
}
const STAMP = {
  version: 7,
  digest: DIGEST,
  cause: 'apply' as const,
  changed: ['gateway.routes.orders'],
  at: '2026-11-21T10:00:00.000Z',
  by: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
}

export const VersionListed = withExample(Type.Object(stamp), STAMP)
export const VersionBody = withExample(Type.Object({ ...stamp, gateway: Gateway }), { ...STAMP, gateway: GATEWAY })

export const ConfigurationBody = withExample(
  Type.Object({
    source: Type.Unsafe<'file' | 'applied'>({
      type: 'string',
      enum: ['file', 'applied'],
      description: 'Where the settings come from: the file of each process, or what was applied here.',
    }),
    newest: Nullable(VersionBody),
  }),
  { source: 'applied', newest: { ...STAMP, gateway: GATEWAY } },
)

export const WholeBody = withExample(Type.Object({ gateway: Gateway }, strict), { gateway: GATEWAY })

export const RollBackBody = withExample(Type.Object({ version: Type.Integer({ minimum: 1 }) }, strict), { version: 6 })

export const OutcomeBody = withExample(
  Type.Object({
    version: Nullable(Type.Integer({ description: 'The version in force now; null before the first.' })),
    changes: Type.Array(
      Type.Object({
        path: Type.String(),
        is: Type.Unsafe<'added' | 'removed' | 'changed'>({ type: 'string', enum: ['added', 'removed', 'changed'] }),
        before: Type.Optional(Type.Unknown()),
        after: Type.Optional(Type.Unknown()),
      }),
    ),
  }),
  { version: 7, changes: [{ path: 'gateway.routes.orders.public', is: 'changed', before: false, after: true }] },
)
export type OutcomeBody = Static<typeof OutcomeBody>

export const RouteBody = withExample(
  Type.Unsafe<RouteWish>({
    ...anyMember,
    description: 'As it is written in a file; what is left out has the default of docs/configuration.md.',
  }),
  ROUTE,
)

export const ChangedRouteBody = withExample(
  Type.Unsafe<Readonly<Record<string, unknown>>>({
    ...anyMember,
    description: 'A route as it is written in a file. `id` may be left out.',
  }),
  { match: { path: '/orders/**' }, upstream: 'orders', authenticate: ['apiKey'] },
)

export const DryRun = {
  dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Checks everything and changes nothing.' })),
}
