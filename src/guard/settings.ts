/** Where requests may go whose addresses strangers name, and how much they may take. */
export type OutboundSettings = {
  /** The only hosts and networks that are reached; null is every host of the public internet. */
  readonly allow: readonly string[] | null
  readonly allowInsecureHttp: boolean
  /** Networks that are reached although they are not public. */
  readonly allowPrivateNetworks: readonly string[]
  readonly ports: readonly number[]
  readonly allowAnyPort: boolean
  /** Milliseconds for everything, redirects and the body included. */
  readonly timeout: number
  /** Milliseconds until a connection stands. */
  readonly connectTimeout: number
  /** Most bytes of an answer, on the wire and unpacked. */
  readonly maxBytes: number
  /** Requests to one host at once; some more wait. */
  readonly perHost: number
}
