import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Caller } from '../../core/index.ts'
import type { ProviderDeps } from './deps.ts'
import { createFormRefusals, type FormRefusals } from './form-refusals.ts'
import { asCaller } from './own-session.ts'
import { createProvider } from './provider.ts'
import { openShared, type Shared } from './shared.ts'

/** The protocol's server as the rest of us sees it. */
export type ProtocolServer = {
  /** Answers a request that belongs to the protocol. */
  readonly answer: (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void>
  /** The library's server of this moment. Ask again each time: it changes with the signing keys. */
  readonly current: () => Provider
  readonly shared: Shared
  readonly formRefusals: FormRefusals
  readonly stop: () => void
}

/** Opens the protocol's server, and swaps it for a new one whenever the signing keys change, without a gap (row O10). */
export async function openProtocolServer(
  deps: ProviderDeps,
  onMade: (provider: Provider) => void = () => undefined,
): Promise<ProtocolServer> {
  const shared = await openShared(deps)
  const make = () => {
    const provider = createProvider(deps, shared)
    onMade(provider)
    return { provider, answer: provider.callback() }
  }
  let current = make()
  const unsubscribe = [
    deps.signingKeys.onChange(() => {
      current = make()
    }),
    ...ENDINGS.map((topic) => deps.store.changes.subscribe(topic, () => shared.adapter.memory.forget(null))),
  ]
  const front = frontOf(deps.issuer)
  return Object.freeze({
    answer: async (request: IncomingMessage, response: ServerResponse, caller: Caller) => {
      front(request)
      await asCaller(caller, () => current.answer(request, response))
    },
    current: () => current.provider,
    shared,
    formRefusals: createFormRefusals(deps),
    stop: () => {
      for (const end of unsubscribe) end()
    },
  })
}

/** Whatever changes here may have ended something that is remembered. */
const ENDINGS = ['session', 'user', 'organization', 'oauth_client', 'token_revocation'] as const

/**
 * Addresses that are told follow the issuer and never what a request says of its host: what somebody writes into `Host`
 * must not stand in a document that others believe.
 */
function frontOf(issuer: string): (request: IncomingMessage) => void {
  const { protocol, host } = new URL(issuer)
  return ({ headers }) => {
    headers['x-forwarded-proto'] = protocol.slice(0, -1)
    headers['x-forwarded-host'] = host
    headers.host = host
    delete headers['x-forwarded-for']
    delete headers.forwarded
  }
}
