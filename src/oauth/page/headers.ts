import { ASSETS } from './assets.ts'

/**
 * What a page is sent with: it loads our own style and script and nothing else, is put into no other page, and tells
 * nobody where it was.
 *
 * @param more.formsLeadOn whether a form of it is answered by a redirect to a client, whose address may itself lead on:
 *   browsers hold each of them to `form-action`
 * @param more.isSecret whether the address of it lets in: then not even we are told where requests of it come from
 * @example reply.headers(pageHeaders('https://id.example.com'))
 */
export function pageHeaders(
  issuer: string,
  more: { readonly formsLeadOn?: boolean; readonly isSecret?: boolean } = {},
): Record<string, string> {
  const own = `${new URL(issuer).origin}${ASSETS}/`
  const rules = [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    "connect-src 'self'",
    ...(more.formsLeadOn === true ? [] : ["form-action 'self'"]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': rules.join('; '),
    'cache-control': 'no-store',
    // Told to nobody else. With `no-referrer` forms would not say that they come from here (Fetch Standard, section 3.2).
    'referrer-policy': more.isSecret === true ? 'no-referrer' : 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}
