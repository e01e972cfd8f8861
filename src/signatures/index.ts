export {
  faultOfPublicKey,
  isSignatureOf,
  type PublicKeyAlgorithm,
  partsOf,
  publicKeyOf,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SigningKey,
  type VerifyingKey,
} from './algorithm.ts'
export { DERIVED_COMPONENTS, type SignedMessage, signatureBase } from './base.ts'
export { timeFault, uncovered } from './coverage.ts'
export { contentDigest, digestFault } from './digest.ts'
export { type ReadSignature, readSignature, SIGNATURE_HEADERS, type SignatureFound } from './read.ts'
export { type SignatureWish, signMessage } from './sign.ts'
