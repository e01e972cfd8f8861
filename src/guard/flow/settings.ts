/** A flow of a business that people and programs must not run as often as they could: what a route says of it. */
export type FlowSettings = {
  /** What is done, such as `buy`. Routes with one action are counted together. */
  readonly action: string
  /** Where the request names what it is done with. */
  readonly object: FlowObject | null
  readonly velocity: readonly Velocity[]
  readonly risk: RiskSettings
  /** The header in which clients supply the fingerprint of their device; null derives it. */
  readonly deviceHeader: string | null
  readonly verify: VerifySettings
}

export type FlowObject = { readonly from: 'path' | 'query' | 'header' | 'body'; readonly name: string }

export type VelocityBy = 'principal' | 'object' | 'address' | 'principal+object' | 'address+object' | 'all'

/** How often it may be done before somebody has to be verified. */
export type Velocity = {
  readonly by: VelocityBy
  readonly max: number
  /** Milliseconds. */
  readonly per: number
}

/** All in percent. */
export type RiskSettings = {
  readonly threshold: number
  readonly weights: Readonly<Record<SignalName, number>>
  /** Networks that speak against who comes from them, as CIDR blocks. */
  readonly networks: readonly string[]
}

export type SignalName = 'velocity' | 'age' | 'history' | 'network' | 'device'

export type Provider = 'turnstile' | 'hcaptcha' | 'recaptcha'

export type VerifySettings = {
  readonly kind: 'proof-of-work' | Provider
  /** Leading zero bits of a solution; each verification within an hour asks for one more. */
  readonly bits: number
  /** Milliseconds to solve a challenge. */
  readonly within: number
  /** Milliseconds in which the request has to be repeated. */
  readonly pass: number
  readonly siteKey: string | null
  readonly secretFile: string | null
  /** Hosts whose pages may show the widget. */
  readonly hostnames: readonly string[]
  /** Percent; for providers that tell a score. */
  readonly minScore: number
  /** Where tokens are verified instead of at the provider's own address. */
  readonly address: string | null
}
