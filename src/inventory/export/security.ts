import type { Route } from '../../config/index.ts'
import type { Json } from '../../guard/index.ts'

/** What the gateway takes as credentials, as a document says it. */
export const SCHEMES: Readonly<Record<string, Json>> = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  token: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'session' },
}

const SCHEME_OF: Readonly<Record<string, string>> = {
  apiKey: 'apiKey',
  session: 'session',
  jwt: 'token',
  opaque: 'token',
  dpop: 'token',
  mtls: 'token',
}

/** What a route asks for: one of its credentials, with its scopes. */
export function securityOfRoute({ public: open, authenticate, require: wanted }: Route): Json {
  if (open) return []
  const names = [...new Set(authenticate.flatMap((kind) => SCHEME_OF[kind] ?? []))]
  return names.map((name) => ({ [name]: wanted.scopes }))
}
