import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Caller } from '../../core/index.ts'
import type { ProviderDeps } from './deps.ts'
import { createFormRefusals, type FormRefusals } from './form-refusals.ts'
import { asCaller } from './own-session.ts'
import { openShared, type Shared } from './shared.ts'

/** The protocol's server as the rest of us sees it. */
export type ProtocolServer = {
  /** Answers a request that belongs to the protocol. */
  readonly answer: (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void>
  /**
   * The library's server of this moment, loaded when it is first needed. Ask again each time: it changes with the signing
   * keys.
   */
  readonly current: () => Promise<Provider>
  readonly issuer: string
  readonly shared: Shared
  readonly formRefusals: FormRefusals
  readonly stop: () => void
}

/**
 * Opens the protocol's server, and swaps it for a new one whenever the signing keys change, without a gap (row O10). The
 * library is a tenth of all that a process loads, so it comes with the first request that needs it.
 *
 * @param make makes the library's server with the signing keys of the moment
 */
export async function openProtocolServer(
  deps: ProviderDeps,
  make: (shared: Shared) => Promise<Provider>,
): Promise<ProtocolServer> {
  const shared = await openShared(deps)
  let made: Promise<Made> | null = null
  let making = 0

  async function now(): Promise<Made> {
    const provider = await make(shared)
    return { provider, answer: provider.callback() }
  }

  const current = () => {
    made ??= now().catch((error) => {
      made = null
      throw error
    })
    return made
  }

  // The one before answers until there is one with the new keys.
  function swap(): void {
    if (made === null) return
    const mine = ++making
    const next = now()
    next.then(() => {
      if (mine === making) made = next
    }, deps.onError)
  }

  const unsubscribe = [
    deps.signingKeys.onChange(swap),
    ...ENDINGS.map((topic) => deps.store.changes.subscribe(topic, () => shared.adapter.memory.forget(null))),
  ]
  const front = frontOf(deps.issuer)
  return Object.freeze({
    answer: async (request: IncomingMessage, response: ServerResponse, caller: Caller) => {
      front(request)
      const { answer } = await current()
      await asCaller(caller, () => answer(request, response))
    },
    current: async () => (await current()).provider,
    issuer: deps.issuer,
    shared,
    formRefusals: createFormRefusals(deps),
    stop: () => {
      for (const end of unsubscribe) end()
    },
  })
}

type Made = { readonly provider: Provider; readonly answer: ReturnType<Provider['callback']> }

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
