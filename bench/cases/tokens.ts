import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { systemClock } from '../../src/core/index.ts'
import { createTokenVerifier, localKeys } from '../../src/tokens/index.ts'
import { atLeast, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const TOKENS = 2_000
const WARM = 300_000
const ISSUER = 'https://id.example.com'
const AUDIENCE = 'https://api.example.com'
const EXPECTED = { audience: AUDIENCE }

type Keys = Awaited<ReturnType<typeof generateKeyPair>>

/** Signed tokens: one that was seen before, and one that was not beside the bare library that verifies signatures. */
export async function benchTokens(): Promise<Figure[]> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, i) => signed(privateKey, `tok_${i}`)))
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key' }] }
  const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] }
  const [cold, warm, share]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round <= ROUNDS; round++) {
    const issuer = {
      issuer: ISSUER,
      algorithms: ['ES256' as const],
      audiences: [AUDIENCE],
      keys: localKeys(() => jwks),
    }
    const verifier = createTokenVerifier({ issuers: [issuer], clock: systemClock, revoked: () => false })
    const ours = await rateOf(tokens, async (token) => {
      if (!(await verifier.verify(token, EXPECTED)).ok) throw new Error('refused')
    })
    const theirs = await rateOf(tokens, (token) => jwtVerify(token, publicKey, options))
    // The first round warms the machine up.
    if (round === 0) continue
    cold.push(ours)
    share.push((100 * ours) / theirs)
    warm.push(warmRate(verifier, tokens))
  }
  return [
    figure('tokens, verify warm', 'checks/s', warm, atLeast(300_000)),
    figure('tokens, verify cold', 'checks/s', cold),
    figure('tokens, verify cold', '% of bare jose', share, atLeast(80)),
  ]
}

function signed(key: Keys['privateKey'], jti: string): Promise<string> {
  const granted = { scope: 'orders:read orders:write', permissions: ['orders:read'], client_id: 'cli_1', org: 'org_1' }
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'usr_1', jti, ...granted })
    .setProtectedHeader({ alg: 'ES256', kid: 'key', typ: 'at+jwt' })
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(key)
}

async function rateOf(tokens: readonly string[], verify: (token: string) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  for (const token of tokens) await verify(token)
  return (tokens.length * 1000) / (performance.now() - start)
}

function warmRate(verifier: ReturnType<typeof createTokenVerifier>, tokens: readonly string[]): number {
  const start = performance.now()
  for (let i = 0; i < WARM; i++) {
    const answer = verifier.verify(tokens[i % tokens.length] as string, EXPECTED)
    if (answer instanceof Promise || !answer.ok) throw new Error('not warm, or refused')
  }
  return (WARM * 1000) / (performance.now() - start)
}
