import type { Secret } from '../../core/index.ts'
import type { SafeFetch } from '../safe-fetch.ts'
import type { Provider, VerifySettings } from './settings.ts'

/** What is told of one that offers captchas: where tokens are verified, and what its widget needs of a page. */
type ProviderFacts = {
  readonly verifyAt: string
  readonly script: string
  /** What the rules of our page must let load besides ours. */
  readonly origins: readonly string[]
  /** The class that its script looks for. */
  readonly widget: string
}

export const PROVIDERS: Readonly<Record<Provider, ProviderFacts>> = {
  turnstile: {
    verifyAt: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
    script: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
    origins: ['https://challenges.cloudflare.com'],
    widget: 'cf-turnstile',
  },
  hcaptcha: {
    verifyAt: 'https://api.hcaptcha.com/siteverify',
    script: 'https://js.hcaptcha.com/1/api.js',
    origins: ['https://hcaptcha.com', 'https://*.hcaptcha.com'],
    widget: 'h-captcha',
  },
  recaptcha: {
    verifyAt: 'https://www.google.com/recaptcha/api/siteverify',
    script: 'https://www.google.com/recaptcha/api.js',
    origins: ['https://www.google.com/recaptcha/', 'https://www.gstatic.com/recaptcha/'],
    widget: 'g-recaptcha',
  },
}

/** Whether a token of a provider is good: yes, no and why, or that nobody could say. */
export type CaptchaVerdict = { readonly is: 'good' } | { readonly is: 'bad' | 'unknown'; readonly why: string }

export type CaptchaDeps = {
  readonly safeFetch: SafeFetch
  readonly now: () => number
}

/** A token that is older was made for something else. Providers forget them after two to five minutes. */
const OLDEST = 300_000
// What clocks may differ by.
const AHEAD = 60_000
const TOKEN = /^[\x21-\x7e]{1,4096}$/

/**
 * Asks the provider about a token. It must be good, of one of our pages, lately made, for this action where the provider tells
 * one, and scored high enough where the provider scores. Where nobody answers it is not good.
 */
export async function askProvider(
  token: unknown,
  of: { readonly settings: VerifySettings; readonly action: string; readonly secret: Secret },
  { safeFetch, now }: CaptchaDeps,
): Promise<CaptchaVerdict> {
  const { settings, secret } = of
  if (settings.kind === 'proof-of-work' || typeof token !== 'string' || !TOKEN.test(token))
    return { is: 'bad', why: 'no token' }
  const body = new URLSearchParams({ secret: secret.reveal(), response: token })
  // It alone is told for which widget, so that a token of another of the same account is not taken.
  if (settings.kind === 'hcaptcha') body.set('sitekey', settings.siteKey ?? '')
  const answer = await safeFetch(settings.address ?? PROVIDERS[settings.kind].verifyAt, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
    accept: ['application/json'],
    maxBytes: 16_384,
    purpose: settings.kind,
  })
  if (!answer.ok) return { is: 'unknown', why: answer.problem.code }
  if (answer.value.status !== 200) return { is: 'unknown', why: `status ${answer.value.status}` }
  const told = objectIn(answer.value.body)
  return told === null ? { is: 'unknown', why: 'not JSON' } : judge(told, of, now())
}

function judge(
  told: Readonly<Record<string, unknown>>,
  { settings, action }: { readonly settings: VerifySettings; readonly action: string },
  now: number,
): CaptchaVerdict {
  if (told.success !== true) {
    const why = errorsOf(told['error-codes'])
    // That is ours to mend: whoever solved it can do nothing about it.
    return { is: /-input-secret\b/.test(why) ? 'unknown' : 'bad', why }
  }
  const at = typeof told.challenge_ts === 'string' ? Date.parse(told.challenge_ts) : Number.NaN
  // Written so that what is no time is refused.
  if (!(at > now - OLDEST && at < now + AHEAD)) return { is: 'bad', why: 'challenge_ts' }
  if (!settings.hostnames.includes(String(told.hostname))) return { is: 'bad', why: 'hostname' }
  const named = typeof told.action === 'string' && told.action !== ''
  if (named ? told.action !== action : settings.kind === 'turnstile') return { is: 'bad', why: 'action' }
  // hCaptcha scores risk, reCAPTCHA trust.
  const trust = settings.kind === 'hcaptcha' && typeof told.score === 'number' ? 1 - told.score : told.score
  if (trust !== undefined && !(typeof trust === 'number' && trust >= settings.minScore / 100))
    return { is: 'bad', why: 'score' }
  return { is: 'good' }
}

function errorsOf(codes: unknown): string {
  const known = Array.isArray(codes)
    ? codes.filter((code) => typeof code === 'string' && /^[\w-]{1,64}$/.test(code))
    : []
  return known.length === 0 ? 'refused' : known.slice(0, 4).join(' ')
}

function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null
  } catch {
    return null
  }
}
