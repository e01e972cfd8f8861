import type { Clock } from '../core/index.ts'
import type { SigningKeys } from './signing-key/open.ts'

/** What a metadata document says. */
export type MetadataClaims = Readonly<Record<string, unknown>>

/**
 * Signs metadata documents (RFC 8414, section 2.1): their parameters as the claims of a JWT, verified with `/oauth/jwks`.
 * What is signed once is handed out until another key signs, so that a document for everybody costs nothing to give.
 *
 * @example
 * const sign = createSignedMetadata({ signingKeys, issuer, clock })
 * const signed_metadata = await sign({ policy_decision_point: issuer })
 */
export function createSignedMetadata(deps: {
  readonly signingKeys: Pick<SigningKeys, 'current'>
  readonly issuer: string
  readonly clock: Clock
}) {
  let last: { readonly of: string; readonly signed: Promise<string> } | null = null

  return (claims: MetadataClaims): Promise<string> => {
    const { id } = deps.signingKeys.current()
    const of = `${id} ${JSON.stringify(claims)}`
    if (last?.of !== of) last = { of, signed: sign(claims) }
    return last.signed
  }

  async function sign(claims: MetadataClaims): Promise<string> {
    const { id, algorithm, privateKey } = deps.signingKeys.current()
    const { SignJWT } = await import('jose')
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm, kid: id, typ: 'metadata+jwt' })
      .setIssuer(deps.issuer)
      .setIssuedAt(Math.floor(deps.clock.now() / 1000))
      .sign(privateKey)
  }
}
