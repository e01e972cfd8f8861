import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'

/** What an agent keeps: what it is to the authorization server, its tokens, and what it waits for. */
export type Memory = {
  client?: OAuthClientInformationMixed
  tokens?: OAuthTokens
  verifier?: string
  /** Where it sent its person last. */
  sentTo?: URL
}

/** An agent as the official client of MCP makes it, with everything that it keeps in sight. */
export type Agent = {
  readonly memory: Memory
  /** Opens the connection: throws `UnauthorizedError` once it has sent its person away. */
  readonly connect: () => Promise<Client>
  /** Goes on with the address at which the person came back. */
  readonly cameBack: (callback: URL) => Promise<void>
}

export function openAgent(
  address: string,
  metadata: OAuthClientMetadata,
  options: { client?: OAuthClientInformationMixed; documentAt?: string } = {},
): Agent {
  const memory: Memory = options.client === undefined ? {} : { client: options.client }
  const provider: OAuthClientProvider = {
    redirectUrl: metadata.redirect_uris[0],
    clientMetadata: metadata,
    ...(options.documentAt === undefined ? {} : { clientMetadataUrl: options.documentAt }),
    state: () => 'state-of-the-agent',
    clientInformation: () => memory.client,
    saveClientInformation: (client) => {
      memory.client = client
    },
    tokens: () => memory.tokens,
    saveTokens: (tokens) => {
      memory.tokens = tokens
    },
    redirectToAuthorization: (url) => {
      memory.sentTo = url
    },
    saveCodeVerifier: (verifier) => {
      memory.verifier = verifier
    },
    codeVerifier: () => memory.verifier ?? '',
  }
  const open = () => new StreamableHTTPClientTransport(new URL(address), { authProvider: provider })
  let waiting = open()
  return Object.freeze({
    memory,
    connect: async () => {
      waiting = open()
      const client = new Client({ name: 'agent', version: '1.0.0' })
      // The types of the official client do not fit each other under exactOptionalPropertyTypes.
      await client.connect(waiting as Parameters<typeof client.connect>[0])
      return client
    },
    cameBack: (callback) => waiting.finishAuth(callback.searchParams.get('code') ?? ''),
  } satisfies Agent)
}
