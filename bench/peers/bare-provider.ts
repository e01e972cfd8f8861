// `oidc-provider` alone, as its documents set it up, with its adapter in memory. Whoever comes is signed in as Ada.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider, { type Configuration, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { API, CALLBACK, SECRET } from '../oauth.ts'

const { PORT } = process.env
const issuer = `http://127.0.0.1:${PORT}`
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }
const common = { client_secret: SECRET, id_token_signed_response_alg: 'ES256' as const }

const configuration: Configuration = {
  jwks: { keys: [key as never] },
  clients: [
    { ...common, client_id: 'service', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    { ...common, client_id: 'web', redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'] },
  ],
  cookies: { keys: ['bench'] },
  pkce: { required: () => true },
  responseTypes: ['code'],
  clientDefaults: { introspection_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256' },
  enabledJWA: { introspectionSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx: KoaContextWithOIDC) =>
        ctx.oidc.params?.scope?.toString().includes('orders:read') ? API : [],
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'orders:read',
        audience: API,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  } as never,
  findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId, name: 'Ada' }) }),
  issueRefreshToken: async () => true,
  interactions: { policy: interactionPolicy.base(), url: (_ctx, { uid }) => `/interaction/${uid}` },
  ttl: { AccessToken: 3600, ClientCredentials: 3600, Session: 86_400, Grant: 86_400, Interaction: 3600 } as never,
}

const provider = new Provider(issuer, configuration)
const answer = provider.callback()
createServer(async (request, response) => {
  if (!request.url?.startsWith('/interaction/')) return answer(request, response)
  const { prompt, params, grantId } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known ?? new provider.Grant({ accountId: 'ada', clientId: String(params.client_id) })
  grant.addOIDCScope('openid profile')
  const consent = { grantId: await grant.save() }
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
}).listen(Number(PORT), '127.0.0.1', () => process.stdout.write('ready\n'))
process.once('SIGTERM', () => process.exit(0))
