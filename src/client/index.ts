export {
  type BegunSignIn,
  createSignIn,
  type PendingSignIn,
  type PendingStore,
  type SignedIn,
  SignInError,
  type SignInHelper,
  type SignInOptions,
  type SignInWish,
} from './sign-in.ts'
export { createRequestSigner, type RequestSigner, type SignableRequest, type SignerOptions } from './sign-requests.ts'
export { createTokenSource, type SourcedToken, type TokenSource, type TokenSourceOptions } from './token-source.ts'
