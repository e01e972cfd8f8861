import type Provider from 'oidc-provider'
import type { Client } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'

/**
 * Makes the library keep what it made of a client for as long as our registry keeps the record. By itself it would describe,
 * write and hash the whole client at every request to see whether it is still the same.
 *
 * @param deps.find the record of a client that may be used, the same object while nothing changed
 * @param deps.recordOf the record that the library's client was made of
 */
export function rememberClients(
  provider: Provider,
  deps: {
    readonly find: (id: string) => OauthClient | null | Promise<OauthClient | null>
    /** Keeps the record as that of this request. */
    readonly keep: (record: OauthClient) => void
    readonly recordOf: (client: Client | undefined) => OauthClient | null
  },
): void {
  const made = new WeakMap<OauthClient, Client>()
  const model = provider.Client as unknown as { find: (id: unknown) => Promise<Client | undefined> }
  const find = model.find.bind(model)
  model.find = async (id) => {
    const record = typeof id === 'string' ? await deps.find(id) : null
    const known = record === null ? undefined : made.get(record)
    if (record !== null && known !== undefined) {
      deps.keep(record)
      return known
    }
    const client = await find(id)
    const of = deps.recordOf(client)
    if (client !== undefined && of !== null) made.set(of, client)
    return client
  }
}
