export { ALGORITHMS, type Algorithm, isAlgorithm } from './algorithm.ts'
export { thumbprintOf } from './certificate.ts'
export type { Binding, Expectation, Proof, ProvenToken } from './checks.ts'
export { type Confirmation, readClaims, type TokenClaims } from './claims.ts'
export {
  createProofVerifier,
  type ProofAnswer,
  type ProofOptions,
  type ProofQuestion,
  type ProofVerifier,
  thumbprintOfJwk,
} from './dpop.ts'
export type { Issuer } from './issuer.ts'
export { faultOfJwk } from './jwk.ts'
export { type Jwks, type KeySource, localKeys } from './key.ts'
export { isPaseto, PASETO_TYPE, paserkOf, signPaseto, type VerifiedPaseto, verifyPaseto } from './paseto.ts'
export { refuseToken, type TokenFault, tokenProblems } from './problems.ts'
export { type Accept, createProofMemory } from './proof-memory.ts'
export { createProofNonces, type ProofNonces } from './proof-nonces.ts'
export { type ReadAddress, type RemoteKeysOptions, remoteKeys } from './remote-keys.ts'
export {
  CHECK_ORDER,
  createTokenVerifier,
  type TokenAnswer,
  type TokenVerifier,
  type VerifierDeps,
} from './verifier.ts'
