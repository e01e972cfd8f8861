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
} from './client/sign-in.ts'
export {
  createTokenSource,
  type SourcedToken,
  type TokenSource,
  type TokenSourceOptions,
} from './client/token-source.ts'
