import { randomBytes } from 'node:crypto'
import type { RoleHolders } from '../../access/index.ts'
import { type Caller, done, organizationOf, type Result, refused } from '../../core/index.ts'
import type { Idempotency } from '../../http/index.ts'
import type { Secrets } from '../../secrets/index.ts'
import { type ClientChange, type ClientTarget, createClientChange } from './change.ts'
import type { OauthClient } from './client.ts'
import { type CreatedClient, createClientMake, type NewClient } from './create.ts'
import { createClientDelete } from './delete.ts'
import type { ClientDeps } from './deps.ts'
import { createClientDirectory } from './directory.ts'
import { refuseClient } from './problems.ts'
import { createClientRoleHolders } from './role-holders.ts'
import { clientPepperOf, matchSecret } from './secret.ts'
import { type AddedSecret, createSecretAdd, createSecretRevoke, type NewSecret } from './secrets.ts'
import { clientIdsAfter, clientsExist, clientTables, findClientRow, listClientRows } from './store.ts'
import { CLIENT_TOPIC } from './tell.ts'
import { startClientUse } from './use.ts'

export type ClientsDeps = Omit<ClientDeps, 'pepper'> & {
  readonly secrets: Pick<Secrets, 'keep'>
  /** Whether an organization is there and enabled. */
  readonly isOpen: (organization: string) => Promise<boolean>
  readonly onError: (error: unknown) => void
}

/** The clients of the authorization server (row O6). Each belongs to an organization; those of others are unknown. */
export type Clients = {
  /**
   * Registers a client; its secret is told here once. Errors: `INPUT_INVALID`, `CLIENT_GRANT_EXCEEDED`,
   * `STEP_UP_REQUIRED`, `IDEMPOTENCY_KEY_REUSED`.
   */
  readonly create: (wish: NewClient, caller: Caller, idempotency: Idempotency | null) => Promise<Result<CreatedClient>>
  /** Errors: `CLIENT_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<OauthClient>>
  /** Newest first, continuing before an id. */
  readonly list: (
    part: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<OauthClient[]>
  /** Whether there are any, of whichever organization. */
  readonly exist: () => Promise<boolean>
  /** Ids of an organization in their order, continuing after one. */
  readonly idsAfter: (organization: string, after: string, limit: number) => Promise<readonly string[]>
  /**
   * Changes settings, disables or enables; every process hears of it within a second, and what was issued to a client
   * that is disabled ends. Errors: `CLIENT_UNKNOWN`, `VERSION_STALE`, `INPUT_INVALID`, `CLIENT_GRANT_EXCEEDED`, and
   * `STEP_UP_REQUIRED` but for who does nothing but disable.
   */
  readonly change: (target: ClientTarget, change: ClientChange, caller: Caller) => Promise<Result<OauthClient>>
  /** Deletes a client for good. Errors: `CLIENT_UNKNOWN`, `VERSION_STALE`. */
  readonly remove: (target: ClientTarget, caller: Caller) => Promise<Result<OauthClient>>
  /**
   * Adds a secret beside the one that is there. Errors: `CLIENT_UNKNOWN`, `VERSION_STALE`, `CLIENT_SECRET_UNUSED`,
   * `CLIENT_SECRETS_FULL`, `CLIENT_GRANT_EXCEEDED`, `INPUT_INVALID`, `STEP_UP_REQUIRED`, `IDEMPOTENCY_KEY_REUSED`.
   */
  readonly addSecret: (
    target: ClientTarget,
    wish: NewSecret,
    caller: Caller,
    idempotency: Idempotency | null,
  ) => Promise<Result<AddedSecret>>
  /** Errors: `CLIENT_UNKNOWN`, `VERSION_STALE`, `CLIENT_SECRET_UNKNOWN`. */
  readonly revokeSecret: (target: ClientTarget, secretId: string, caller: Caller) => Promise<Result<OauthClient>>
  /**
   * A client that may be used, whichever organization it is of; null for none, a disabled one, and one of a disabled
   * organization. A plain value when warm.
   */
  readonly findClient: (id: string) => OauthClient | null | Promise<OauthClient | null>
  /** Whether a text is a valid secret of a client, in constant time. What fits counts as a use. */
  readonly checkSecret: (client: OauthClient, text: string) => boolean
  /** Counts a use of a client that proved itself otherwise, or is public. Memory only. */
  readonly countUse: (clientId: string) => void
  /** Clients that have a role, for whoever changes or deletes it. */
  readonly roleHolders: Pick<RoleHolders, 'find' | 'take'>
  /** Writes the uses that are still in memory. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Opens the registry of clients.
 *
 * @example
 * const clients = await createClients({ store, secrets, audit, clock, access, isOpen, onError })
 * const client = await clients.findClient('cli_1hq3v0c9kd5m7w2x8p4t6r1a')
 */
export async function createClients(given: ClientsDeps): Promise<Clients> {
  const { store, clock, isOpen } = given
  const pepper = clientPepperOf(await given.secrets.keep('oauth.clients', () => randomBytes(32)))
  const deps: ClientDeps = { ...given, pepper }
  const tables = clientTables(store)
  const use = startClientUse(given)
  const directory = createClientDirectory({ read, clock })
  const unsubscribe = [
    store.changes.subscribe(CLIENT_TOPIC, directory.forget),
    store.changes.subscribe('organization', () => directory.forget(null)),
  ]

  function read(id: string): Promise<OauthClient | null> {
    return store.across('a client of the installation serves every organization', async () => {
      const client = await findClientRow(tables, id)
      return client?.enabled === true && (await isOpen(client.organization)) ? client : null
    })
  }

  const get: Clients['get'] = async (id, caller) => {
    const client = await findClientRow(tables, id)
    const isTheirs = client !== null && client.organization === organizationOf(caller)
    return isTheirs ? done(client) : refused(refuseClient('CLIENT_UNKNOWN'))
  }

  const checkSecret: Clients['checkSecret'] = (client, text) => {
    const secret = matchSecret(pepper, client, text, clock.now())
    if (secret !== null) use.took(client.id, secret.id, clock.now())
    return secret !== null
  }

  return Object.freeze({
    create: createClientMake(deps),
    get,
    list: (part, caller) => listClientRows(tables, organizationOf(caller), part),
    exist: () => store.across('the protocol is warmed up for clients of all', () => clientsExist(tables)),
    idsAfter: (organization, after, limit) => clientIdsAfter(tables, organization, after, limit),
    change: createClientChange(deps),
    remove: createClientDelete(deps),
    addSecret: createSecretAdd(deps),
    revokeSecret: createSecretRevoke(deps),
    findClient: directory.find,
    checkSecret,
    countUse: (clientId) => use.took(clientId, null, clock.now()),
    roleHolders: createClientRoleHolders(deps),
    flush: use.flush,
    stop: async () => {
      for (const end of unsubscribe) end()
      await use.stop()
    },
  } satisfies Clients)
}
