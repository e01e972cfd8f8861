import type { Algorithm } from './algorithm.ts'
import type { KeySource } from './key.ts'

/** Somebody whose tokens are believed, and how far. */
export type Issuer = {
  /** `iss`, letter by letter. */
  readonly issuer: string
  /** The only algorithms that it signs with. */
  readonly algorithms: readonly Algorithm[]
  /** Whom its tokens are for where nobody names another audience. */
  readonly audiences: readonly string[]
  readonly keys: KeySource
  /** Types that pass as an access token besides `at+jwt`, for issuers that write another one, such as `JWT`. */
  readonly types?: readonly string[]
}
