import { hostname } from 'node:os'
import { type Access, createAccess, createUses, followGrants, followRoles, type Uses } from '../access/index.ts'
import { type Audit, createAudit } from '../audit/index.ts'
import { adviceOf, type Config } from '../config/index.ts'
import type { Clock } from '../core/index.ts'
import { createGeo, type Geo } from '../geo/index.ts'
import { createSafeFetch, type Flows, type Outbound, refusalEvent } from '../guard/index.ts'
import { createIdentity, type Identity, rulesAll } from '../identity/index.ts'
import { createInventory, type Inventory } from '../inventory/index.ts'
import { createKeys, type Keys, type KeysDeps } from '../keys/index.ts'
import type { Limits } from '../limits/index.ts'
import { createNotices, type Notices } from '../notices/index.ts'
import {
  type AuthorizationServer,
  type Clients,
  createAccessTokens,
  createClients,
  createRevocations,
  formatsOf,
  openAuthorizationServer,
  openSigningKeys,
  type Revocations,
  type SigningKeys,
} from '../oauth/index.ts'
import { createRollout, type Rollout } from '../rollout/index.ts'
import {
  createSecretStores,
  createSecrets,
  masterKeySource,
  type SecretStores,
  type Secrets,
} from '../secrets/index.ts'
import { across, type Bus, createMemoryBus, createRedisBus, openStore, type Store } from '../store/index.ts'
import { findInForce } from './configuration/in-force.ts'
import { createLive, type Live } from './configuration/live.ts'
import { NOT_READ_AGAIN, type Reread } from './configuration/reread.ts'
import { tryOut } from './configuration/try-out.ts'
import { clientCertificatesOf } from './control/client-certificates.ts'
import { type Deciding, openDeciding } from './deciding/deciding.ts'
import { allEvents } from './events.ts'
import { withCountries } from './gateway/countries.ts'
import { openFlows } from './gateway/flows.ts'
import { limitsWarnings, openLimits, openTiers, type Tiers } from './gateway/limits.ts'
import { mayMatch } from './gateway/may-match.ts'
import { openTokens, type Tokens } from './gateway/tokens.ts'
import type { Log } from './log.ts'
import { createWaysOut } from './outbound.ts'
import { createMembershipProblem } from './people/rule-over-people.ts'
import { createSignInRequestMail } from './people/sign-in-request-mail.ts'
import { whatGoesWithPeople } from './people/what-goes-with-people.ts'
import { whatHangsOnSessions } from './people/what-hangs-on-sessions.ts'
import { allMigrations, allRows } from './tables.ts'
import { relaxationWarnings } from './warnings.ts'

/** Everything that answers, without the doors: no port is open. Commands and servers both stand on it. */
export type System = Deciding & {
  /** As it was at the start. What of it may change is in `live`. */
  readonly config: Config
  readonly live: Live
  /** What the gateway is told to be, version by version. */
  readonly rollout: Rollout
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly limits: Limits
  readonly tiers: Tiers
  /** The way out for requests to addresses that strangers name. */
  readonly outbound: Outbound
  /** What business must not be run as often as it could. */
  readonly flows: Flows
  /** Mail and webhooks. They leave once `start` was called, which a process that stays does. */
  readonly notices: Notices
  readonly secretStores: SecretStores
  readonly access: Access
  /** When somebody last used what they hold. */
  readonly uses: Uses
  readonly geo: Pick<Geo, 'countryOf'>
  readonly keys: Keys
  readonly identity: Identity
  readonly signingKeys: SigningKeys
  readonly clients: Clients
  readonly authorization: AuthorizationServer
  /** What ends signed tokens before their time. */
  readonly revocations: Revocations
  /** What believes signed tokens. */
  readonly tokens: Tokens
  /** What there is behind the gateway. */
  readonly inventory: Inventory
  /** What the operator should know now, such as where a new master key lies. */
  readonly warnings: readonly string[]
  readonly stop: () => Promise<void>
}

type SystemDeps = Parameters<typeof openParts>[0]

/**
 * Builds the system from its configuration, from the store upwards. What was started is stopped again when a later part
 * fails to start.
 */
export function openSystem(deps: SystemDeps): Promise<System> {
  return across('what runs by itself runs for all', () => openParts(deps))
}

async function openParts(deps: {
  config: Config
  /** How the configuration is read once more; without it nothing of it changes. */
  reread?: Reread
  clock: Clock
  log: Log
  /** Whether this process serves: then what many requests write is written off the main thread. */
  serves?: boolean
  onAuditDropped?: (count: number) => void
  /** Who people are instead of those of `identity`, for a test of what depends on them. */
  people?: Pick<KeysDeps, 'grantsOf' | 'mfaOf'>
}): Promise<System> {
  const { clock, log, reread = NOT_READ_AGAIN } = deps
  const report = (module: string) => (error: unknown) => log.error({ err: error, module }, 'failed where nobody waits')
  await using started = new AsyncDisposableStack()
  const bus = await openBus(deps.config)
  started.defer(() => bus.close())
  const store = await openStore({
    url: deps.config.database.url.reveal(),
    migrations: allMigrations,
    rows: allRows,
    allowsBypass: deps.config.database.allowRoleThatBypassesRowSecurity,
    bus,
    clock,
    onError: report('store'),
    // The thread that writes Events.
    foldedBeside: deps.serves === true,
  })
  started.defer(() => store.close())
  const { config, version, warnings } = await findInForce(deps.config, {
    reread,
    store,
    serves: deps.serves === true,
  })
  const master = masterKeySource({ ...config.master, data: config.data, dialect: store.dialect })
  const secrets = await createSecrets({ store, clock, master, onError: report('secrets') })
  started.defer(() => secrets.stop())
  const geo = await createGeo({ ...config.geo, onError: report('geo') })
  const record = await createAudit({
    store,
    secrets,
    clock,
    tables: allEvents,
    node: store.dialect === 'sqlite' ? 'main' : hostname(),
    settings: config.audit,
    thread: deps.serves === true && store.dialect === 'sqlite' ? config.database : undefined,
    onDropped: deps.onAuditDropped,
    onError: report('audit'),
  })
  const audit = withCountries(record, geo)
  started.defer(() => audit.stop())
  const outbound = createSafeFetch({
    settings: config.guard.outbound,
    onRefused: (refusal) => audit.record(refusalEvent(refusal)),
  })
  started.defer(() => outbound.stop())
  const notices = await createNotices({
    store,
    secrets,
    audit,
    clock,
    settings: config.notices,
    tables: allEvents,
    openWayOut: createWaysOut(config.guard.outbound),
    onError: report('notices'),
  })
  started.defer(() => notices.stop())
  const secretStores = createSecretStores(config.secretStores)
  const limits = await openLimits({
    config,
    clock,
    audit,
    log,
    serves: deps.serves === true,
  })
  started.defer(() => limits.stop())
  const tiers = openTiers(config, limits)
  const flows = openFlows({
    config,
    clock,
    limits,
    secrets,
    countryOf: geo.countryOf,
    safeFetch: outbound.safeFetch,
    record: audit.record,
  })
  const signingKeys = await openSigningKeys({
    store,
    secrets,
    audit,
    clock,
    settings: config.oauth.signingKeys,
    rotates: deps.serves === true,
    onError: report('oauth'),
  })
  started.defer(() => signingKeys.stop())
  const live = createLive(config, version)
  const ownRoles = await followRoles({ store, onError: report('access') })
  started.defer(() => ownRoles.stop())
  const grantMemory = await followGrants({ store, clock, onError: report('access') })
  started.defer(() => grantMemory.stop())
  const uses = createUses({ store, clock, serves: deps.serves === true, onError: report('access') })
  started.defer(() => uses.stop())
  const access = createAccess({
    settings: config.access,
    routes: () => live.gateway().routes,
    ownRoles,
    given: grantMemory,
  })
  const identity = await createIdentity({
    store,
    secrets,
    audit,
    clock,
    limits,
    notices,
    access,
    settings: config.identity,
    issuer: config.issuer,
    countryOf: geo.countryOf,
    ...whatGoesWithPeople(
      () => keys,
      () => authorization,
    ),
    ...whatHangsOnSessions(() => authorization),
    onError: report('identity'),
  })
  started.defer(() => identity.stop())
  const clients = await createClients({
    store,
    secrets,
    audit,
    clock,
    access,
    served: {
      resources: [...config.oauth.resources.map(({ id }) => id), config.issuer],
      algorithms: signingKeys.algorithms,
    },
    isOpen: identity.organizations.isOpen,
    freshProblem: identity.freshProblem,
    endIssued: (tx, clientId, by) =>
      tx.across('what a client was given is of people of any organization', () =>
        authorization.endings.ofClient(tx, clientId, by),
      ),
    endRights: (tx, clientId, by) =>
      tx.across('what a client has in its own name was made in no organization', () =>
        authorization.endings.ofClientRights(tx, clientId, by),
      ),
    onError: report('oauth'),
  })
  started.defer(() => clients.stop())
  const revocations = await createRevocations({ store, audit, clock, issuer: config.issuer, onError: report('tokens') })
  started.defer(() => revocations.stop())
  const tokens = await openTokens({
    config,
    secrets,
    clock,
    signingKeys,
    revocations,
    introspect: (token) => authorization.introspectOpaque(token),
    onError: report('tokens'),
  })
  const authorization = await openAuthorizationServer({
    store,
    secrets,
    audit,
    clock,
    issuer: config.issuer,
    settings: config.oauth,
    signingKeys,
    clients,
    access,
    accountOf: identity.accountOf,
    waysToProve: identity.waysToProve,
    findMember: identity.people.get,
    describeScope: (scope) => access.scopes.items.find(({ name }) => name === scope)?.description ?? null,
    sessionEndsAt: identity.sessionEndsAt,
    endSession: identity.endSession,
    forgetSession: identity.forgetSession,
    personProblem: identity.people.ruleProblem,
    sessionProblem: identity.people.ruleSessionProblem,
    membershipProblem: createMembershipProblem(access, identity.people),
    verifyToken: (token) => tokens.verifier.verify(token, { audience: null, inspected: true }),
    revocations,
    limits,
    findPersonByHint: identity.findPersonByHint,
    tellSignInRequest: createSignInRequestMail({ store, notices, personToTell: identity.personToTell }),
    certificateOf: clientCertificatesOf(config.control),
    mtlsAddress: config.control.tls.address,
    fetch: outbound.asFetch(),
    fetchDocument: outbound.asFetch({ maxBytes: 16_384, timeout: 3000, purpose: 'client_document' }),
    onError: report('oauth'),
  })
  started.defer(() => authorization.stop())
  const keys = await createKeys({
    store,
    secrets,
    audit,
    limits,
    tierOf: tiers.tierOf,
    clock,
    settings: config.keys,
    acceptOnce: revocations.acceptOnce,
    signToken: createAccessTokens({ signingKeys, issuer: config.issuer, clock }),
    tokenFormats: formatsOf(signingKeys),
    rotation: {
      every: deps.serves === true ? config.keys.rotationEvery : null,
      approval: config.keys.rotationApproval,
      places: secretStores,
      mail: notices.mail,
      personToTell: identity.personToTell,
    },
    access,
    isOpen: identity.organizations.isOpen,
    freshProblem: identity.freshProblem,
    ...(deps.people ?? { grantsOf: identity.grantsOf, mfaOf: identity.factors.mfaOf }),
    countryOf: geo.countryOf,
    noteUse: uses.note,
    onError: report('keys'),
  })
  started.defer(() => keys.stop())
  const deciding = openDeciding({
    store,
    audit,
    clock,
    settings: config.access.record,
    access,
    identity,
    keys,
    clients,
    authorization,
    memories: { roles: ownRoles, grants: grantMemory },
    noteUse: uses.note,
    serves: deps.serves === true,
    onError: report('access'),
  })
  started.defer(() => deciding.stop())
  const inventory = createInventory({
    store,
    clock,
    gateway: live.gateway,
    mayMatch,
    serves: deps.serves === true,
    onError: report('inventory'),
  })
  started.defer(() => inventory.stop())
  const said = [...limitsWarnings(config, store.dialect), ...relaxationWarnings(config), ...adviceOf(config)]
  const everywhere = [...secrets.warnings, ...warnings]
  const rollout = createRollout({
    store,
    audit,
    clock,
    source: config.gateway.source,
    tryOut: (gateway) => tryOut(system, reread, gateway),
    rulesAll,
  })
  const running = started.move()
  const system: System = Object.freeze({
    config,
    rollout,
    live,
    clock,
    log,
    store,
    secrets,
    audit,
    limits,
    tiers,
    outbound,
    flows,
    access,
    uses,
    ...deciding.parts,
    notices,
    secretStores,
    geo,
    keys,
    identity,
    signingKeys,
    clients,
    authorization,
    revocations,
    tokens,
    inventory,
    warnings: deps.serves === true ? [...everywhere, ...said] : everywhere,
    stop: () => across('what is in memory is of all', () => running.disposeAsync()),
  })
  return system
}

async function openBus(config: Config): Promise<Bus> {
  const { url, prefix } = config.redis
  return url === null ? createMemoryBus() : createRedisBus({ url: url.reveal(), prefix })
}
