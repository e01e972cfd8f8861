import type { Clock } from '../../core/index.ts'
import { type Algorithm, type Issuer, localKeys, type ReadAddress, remoteKeys } from '../../tokens/index.ts'
import type { SigningKeys } from '../signing-key/open.ts'
import type { ForeignTrust } from './principal.ts'

/** An issuer of the configuration. */
export type ForeignIssuer = ForeignTrust & {
  readonly jwksUri: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly Algorithm[]
  readonly types: readonly string[]
}

/** Ourselves, as an issuer whose tokens are believed: with the keys of this process, for this server unless told otherwise. */
export function ownIssuer(deps: {
  issuer: string
  signingKeys: Pick<SigningKeys, 'jwks' | 'refresh'>
  clock: Clock
}): Issuer {
  const { issuer, signingKeys, clock } = deps
  const keys = localKeys(signingKeys.jwks, { refresh: signingKeys.refresh, clock })
  // All that this server can sign with, whichever it uses now: keys that were replaced may have had another one.
  return { issuer, algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'], audiences: [issuer], keys }
}

/** Others whose tokens are believed (row G3), with the keys that they publish. */
export function foreignIssuers(
  issuers: readonly ForeignIssuer[],
  deps: { clock: Clock; read?: ReadAddress; onError: (error: unknown) => void },
): readonly Issuer[] {
  const { clock, read = readPublished, onError } = deps
  return issuers.map(({ issuer, jwksUri, algorithms, audiences, types }) => ({
    issuer,
    algorithms,
    audiences,
    types,
    keys: remoteKeys({ address: jwksUri, read, clock, onError }),
  }))
}

const PATIENCE_MS = 5_000

// The address stands in the configuration: no stranger chose it. A redirect could lead to where one did.
const readPublished: ReadAddress = async (address, most) => {
  const answer = await fetch(address, {
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { accept: 'application/json', 'user-agent': 'sallyport' },
  })
  if (!answer.ok || answer.body === null) throw new Error(`the keys at ${address} answered ${answer.status}`)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body) {
    size += piece.byteLength
    if (size > most) throw new Error(`the keys at ${address} are too large`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
