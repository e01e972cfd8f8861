import { CONNECTION_HEADERS } from '../core/index.ts'

/** What is done with a header of a request. Bits, because each header of each request is looked up once. */
export const DROP = 1
export const SINGLE = 2
export const CARRIER = 4
export const FRAMING = 8

/** Written anew for the upstream. */
const written = [...CONNECTION_HEADERS, 'x-request-id']

/** Ways to tell some frameworks another method or path than the one that was judged. */
const overriding = [
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
]

/** Ways to tell some frameworks another client or host than the one that was judged. */
const contradicting = [
  'client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'forwarded',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-original-forwarded-for',
  'x-original-host',
  'x-proxyuser-ip',
  'x-real-ip',
]

/** Headers that may come once only: two of them are read differently by different programs. */
const single = [
  'apikey',
  'authorization',
  'content-encoding',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'expect',
  'host',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'range',
  'referer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-api-key',
  'x-request-id',
]

const carriers = ['apikey', 'authorization', 'x-api-key']
const framing = ['connection', 'content-length', 'expect', 'host', 'transfer-encoding', 'upgrade']

const rules = new Map<string, number>()
for (const name of written) add(name, DROP)
for (const name of overriding) add(name, DROP)
for (const name of contradicting) add(name, DROP)
for (const name of single) add(name, SINGLE)
for (const name of carriers) add(name, CARRIER)
for (const name of framing) add(name, FRAMING)

function add(name: string, bit: number): void {
  rules.set(name, (rules.get(name) ?? 0) | bit)
}

// All of ours begin with x-. What a client sends under these names is never passed on.
const reserved = ['x-forwarded', 'x-principal', 'x-sallyport']

/** What is done with a header, by its lower-case name. */
export function ruleOf(name: string): number {
  const rule = rules.get(name)
  if (rule !== undefined) return rule
  if (isPlain(name)) return isReserved(name) ? DROP : 0
  return ruleOfDisguised(name)
}

// `x_principal_id` and `X.Principal.Id` become the same variable as `X-Principal-Id` in CGI and its heirs. A name
// that turns into one we know goes no further.
function ruleOfDisguised(name: string): number {
  const plain = name.replaceAll(/[^a-z0-9]/g, '-')
  return rules.has(plain) || isReserved(plain) ? DROP : 0
}

/**
 * Whether a header tells an application another method, path or principal than the one that was judged. Who stands
 * before the application, and what it writes about the client, is the application's own affair.
 */
export function misleads(name: string): boolean {
  const plain = name.replaceAll(/[^a-z0-9]/g, '-')
  return overriding.includes(plain) || plain.startsWith('x-principal') || plain.startsWith('x-sallyport')
}

function isReserved(name: string): boolean {
  return name.charCodeAt(0) === 120 && reserved.some((prefix) => name.startsWith(prefix))
}

function isPlain(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 97 ? code !== 45 && (code < 48 || code > 57) : code > 122) return false
  }
  return true
}
