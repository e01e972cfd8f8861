import type { Route } from './config/index.ts'

/** A kind of credential, called as in `authenticate` of a route. Signed requests are for the gateway, which holds their bodies. */
export type CredentialKind = Exclude<Route['authenticate'][number], 'signature'>

/** What an application takes to know who asks. */
export type CredentialOptions = {
  /** The kinds of credential: `apiKey` alone unless said otherwise. */
  readonly authenticate?: readonly CredentialKind[]
  /** What is asked of access tokens. */
  readonly tokens?: TokenOptions
}

export type TokenOptions = {
  /** Who they must be for. Left out, those for the server itself are taken. */
  readonly audience?: string | null
  /** The only issuers that are taken. Left out, all that the server knows. */
  readonly issuers?: readonly string[] | null
  /** Each token works once, on whichever process. */
  readonly once?: boolean
}

/** The same, read and complete. */
export type Taken = Pick<Route, 'tokens'> & { readonly authenticate: readonly CredentialKind[] }

const TOKENS: readonly CredentialKind[] = ['jwt', 'opaque', 'dpop', 'mtls']
const KINDS: readonly CredentialKind[] = ['apiKey', ...TOKENS, 'session']
const SETTINGS = ['audience', 'issuers', 'once'] as const
const LONGEST = 512

/** Whether any of them is an access token. */
export function takesTokens({ authenticate }: Pick<Taken, 'authenticate'>): boolean {
  return authenticate.some((kind) => TOKENS.includes(kind))
}

/** Reads which credentials are taken. @throws TypeError for what cannot be meant */
export function readTaken({ authenticate = ['apiKey'], tokens }: CredentialOptions): Taken {
  if (!Array.isArray(authenticate) || authenticate.length === 0)
    throw new TypeError(`authenticate must be ${SOME_KINDS}`)
  const wrong = authenticate.find((kind, i) => !KINDS.includes(kind) || authenticate.indexOf(kind) !== i)
  if ((wrong as string | undefined) === 'signature') throw new TypeError(NO_SIGNATURES)
  if (wrong !== undefined) throw new TypeError(`authenticate has "${wrong}", and must be ${SOME_KINDS}, each once`)
  if (tokens !== undefined && !takesTokens({ authenticate })) {
    throw new TypeError(`tokens has no meaning: authenticate names none of ${TOKENS.join(', ')}`)
  }
  return { authenticate: [...authenticate], tokens: tokensOf(tokens ?? {}) }
}

const NO_SIGNATURES =
  'authenticate has "signature": a signature is about the bytes of the body, which an application has read before anybody is asked. Take signed requests at the gateway'
const SOME_KINDS = `a list of ${KINDS.join(', ')}`

function tokensOf(tokens: TokenOptions): Taken['tokens'] {
  const wrong = Object.keys(tokens).find((name) => !SETTINGS.some((it) => it === name))
  if (wrong !== undefined) throw new TypeError(`there is no option tokens.${wrong}; there are ${SETTINGS.join(', ')}`)
  const { audience = null, issuers = null, once = false } = tokens
  if (audience !== null && !isName(audience)) throw new TypeError('tokens.audience must be the name of an API')
  if (issuers !== null && (!Array.isArray(issuers) || issuers.length === 0 || !issuers.every(isName))) {
    throw new TypeError('tokens.issuers must name at least one issuer, as its tokens carry it')
  }
  if (typeof once !== 'boolean') throw new TypeError('tokens.once must be true or false')
  return { audience, issuers: issuers === null ? null : [...issuers], once }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST
}
