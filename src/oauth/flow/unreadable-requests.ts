import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { isDeeper } from './depth.ts'

const DEEPEST = 16

/**
 * Refuses signed requests (RFC 9101) that nobody could mean, before the library turns what they say into parameters: it
 * does so before it looks at the signature, and what is too deep, or says how it wants to be written, ends that with an
 * error of the machine.
 */
export function refuseUnreadableRequests({ Client }: Provider): void {
  const find = Client.find.bind(Client)
  Client.find = async (...asked: Parameters<typeof find>) => {
    const request = requestIn(Provider.ctx)
    if (typeof request === 'string' && !isReadable(request)) {
      throw new errors.InvalidRequestObject('Request Object is nested too deeply, or cannot be read')
    }
    return find(...asked)
  }
}

// Where clients prove themselves first, parameters are not read yet.
function requestIn(ctx: KoaContextWithOIDC | undefined): unknown {
  return ctx?.oidc.params?.request ?? ctx?.oidc.body?.request
}

function isReadable(request: string): boolean {
  const payload = payloadOf(request)
  if (typeof payload !== 'object' || payload === null) return false
  return Object.values(payload).every((value) => !isDeeper(value, DEEPEST) && isPlain(value))
}

function payloadOf(request: string): unknown {
  try {
    return JSON.parse(Buffer.from(request.split('.')[1] ?? '', 'base64url').toString())
  } catch {
    return null
  }
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain)
  return typeof value !== 'object' || value === null || !OWN_WORDS.some((name) => Object.hasOwn(value, name))
}

const OWN_WORDS = ['toString', 'valueOf', 'toJSON'] as const
