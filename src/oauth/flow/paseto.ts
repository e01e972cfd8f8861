import type Provider from 'oidc-provider'
import { errors, type TokenEndpointGrantContext } from 'oidc-provider'
import { asPaseto, formatsOf, readSigned, type TokenFormat } from '../access-tokens.ts'
import { wrapGrantType } from '../provider/library.ts'
import { isSigned } from '../signed-token/verify.ts'
import type { SigningKeys } from '../signing-key/open.ts'

/** What a service says at the token endpoint to have its token in another form. */
const TOKEN_FORMAT = 'token_format'
const FORMATS: readonly string[] = ['jwt', 'paseto'] satisfies readonly TokenFormat[]

type Answer = { access_token: string }

/**
 * Gives a service its token as PASETO v4.public, with the claims of the JWT that it would have got, where it asks for it
 * with `token_format=paseto` (row O15). The grants of people have JWTs alone.
 */
export function addServicePaseto(
  provider: Provider,
  { signingKeys }: { readonly signingKeys: Pick<SigningKeys, 'current' | 'algorithms'> },
): void {
  const handle = async (ctx: TokenEndpointGrantContext, own: (ctx: TokenEndpointGrantContext) => Promise<void>) => {
    const format = formatAsked(ctx)
    await own(ctx)
    const answer = ctx.body as Answer
    if (format === 'paseto') answer.access_token = asPaseto(signedIn(answer), signingKeys)
  }

  function formatAsked({ oidc }: TokenEndpointGrantContext): string {
    const format = (oidc.params as Readonly<Record<string, string | undefined>>)[TOKEN_FORMAT] ?? 'jwt'
    if (!FORMATS.includes(format)) throw new errors.InvalidRequest(`${TOKEN_FORMAT} must be jwt or paseto`)
    if (!formatsOf(signingKeys).some((it) => it === format)) {
      throw new errors.InvalidRequest(`${TOKEN_FORMAT} ${format} is not available: no key here signs with EdDSA`)
    }
    return format
  }

  wrapGrantType(provider, 'client_credentials', (own) => (ctx) => handle(ctx, own), [TOKEN_FORMAT])
}

// An opaque token says nothing that could be signed, and whoever asks about it has to find it.
function signedIn({ access_token }: Answer) {
  if (!isSigned(access_token)) throw new errors.InvalidTarget('tokens for this resource are opaque')
  return readSigned(access_token)
}
