import { readFile } from 'node:fs/promises'
import { type Clock, parseAddress, Secret } from '../core/index.ts'
import { type Attempt, createPost, type Parcel } from './attempt.ts'
import type { Outgoing, Send, Sent } from './send-messages.ts'
import type { SmsSettings, WebhookSettings } from './settings.ts'
import { isWebhookSecret, webhookHeaders } from './signature.ts'
import type { OpenWayOut, WayOutRules } from './way-out.ts'

type Deps = {
  readonly clock: Clock
  readonly settings: SmsSettings
  readonly webhooks: WebhookSettings
  readonly openWayOut: OpenWayOut
}

/** How each provider is told: what is posted for a message. */
const PARCELS = { webhook: webhookParcel, http: formParcel } as const

/**
 * Sends text messages through the provider of the configuration. Its address is looked at as those of webhooks are, but one
 * that the operator wrote as an address, and not as a name, may be private. Redirects are not followed.
 */
export function createTextSender({ clock, settings, webhooks, openWayOut }: Deps) {
  const { transport, url, timeout } = settings
  if (url === null || (transport !== 'webhook' && transport !== 'http'))
    throw new Error('text messages that leave need a provider')
  const wayOut = openWayOut({ ...rulesFor(url, webhooks), connectTimeout: timeout })
  const post = createPost({ clock, timeout, wayOut })
  const stopping = new AbortController()

  const send: Send = async (message) => {
    const secret = await secretOf(settings)
    if (transport === 'webhook' && !isWebhookSecret(secret))
      return failed('the secret is none of Standard Webhooks', {})
    const parcel = PARCELS[transport]({ ...settings, url }, secret, message)
    return sentOf(await post(parcel, stopping.signal))
  }

  const stop = async (): Promise<void> => {
    stopping.abort()
    await wayOut.stop()
  }
  return Object.freeze({ send, stop })
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\])$/

function rulesFor(url: string, webhooks: WebhookSettings): Omit<WayOutRules, 'connectTimeout'> {
  const { hostname } = new URL(url)
  const literal = parseAddress(hostname.replace(/^\[(.*)\]$/, '$1'))
  const written = literal === null ? [] : [literal.text]
  return {
    allow: null,
    allowAnyPort: true,
    allowInsecureHttp: webhooks.allowInsecureHttp || LOOPBACK.test(hostname),
    allowPrivateNetworks: [...webhooks.allowPrivateNetworks, ...written],
  }
}

type Ready = SmsSettings & { readonly url: string }

function webhookParcel({ url, from }: Ready, secret: Secret, { id, to, template, text, createdAt }: Outgoing): Parcel {
  const body = JSON.stringify({
    type: 'sms.send',
    timestamp: new Date(createdAt).toISOString(),
    data: { id, to, from, template, text },
  })
  return { url, body, headers: (seconds) => webhookHeaders({ id, seconds, body }, [secret]) }
}

// RFC 7617 for who it is, and the fields that Twilio and those like it take.
function formParcel({ url, account, from }: Ready, secret: Secret, { to, text }: Outgoing): Parcel {
  const credentials = Buffer.from(`${account ?? ''}:${secret.reveal()}`).toString('base64')
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    'user-agent': 'Sallyport',
    authorization: `Basic ${credentials}`,
  }
  const body = new URLSearchParams({ To: to, From: from ?? '', Body: text }).toString()
  return { url, body, headers: () => headers }
}

async function secretOf({ secret, secretFile }: SmsSettings): Promise<Secret> {
  if (secretFile !== null) return new Secret((await readFile(secretFile, 'utf8')).replace(/\r?\n$/, ''))
  return secret ?? new Secret('')
}

// What the provider cannot take from us today it may take when somebody has mended the configuration or paid.
const MENDABLE = new Set([401, 402, 403, 404, 408, 425, 429])

function sentOf({ status, reason, answer, retryAfter, isAborted }: Attempt): Sent {
  if (isAborted) return { is: 'aborted' }
  if (status === null) return failed(reason ?? 'no answer', {})
  if (status >= 200 && status < 300) return { is: 'sent' }
  const told = reason === null ? `answered ${status}${codeIn(answer)}` : `answered ${status}: ${reason}`
  const lasting = status >= 400 && status < 500 && !MENDABLE.has(status)
  return failed(told, { lasting, server: !lasting, retryAfter })
}

// Of an answer only the number of the fault is kept: the rest may repeat the code that was sent.
function codeIn(answer: string | null): string {
  const [, code] = /"code"\s*:\s*"?(\d{1,8})\b/.exec(answer ?? '') ?? []
  return code === undefined ? '' : ` (code ${code})`
}

function failed(reason: string, more: { lasting?: boolean; server?: boolean; retryAfter?: number | null }): Sent {
  return { is: 'failed', reason, lasting: false, server: true, retryAfter: null, ...more }
}
