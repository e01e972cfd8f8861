import { readFileSync } from 'node:fs'
import { PROVIDERS } from './captcha.ts'
import type { Challenge } from './flow.ts'
import { seedOf } from './proof-of-work.ts'
import type { FlowSettings, VerifySettings } from './settings.ts'

type Served = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

/** What the page loads, by name under the prefix of verifications. */
export const ASSETS: ReadonlyMap<string, Served> = new Map([
  ['page.js', asset('verify.js', 'text/javascript; charset=utf-8')],
  ['page.css', asset('verify.css', 'text/css; charset=utf-8')],
])

/** The page that shows a challenge to a person: its script works on it, or a provider's widget asks. */
export function pageOf(text: string, { bits }: Challenge, { action, verify }: FlowSettings): Served {
  const work = verify.kind === 'proof-of-work'
  const data = work ? ` data-seed="${seedOf(text)}" data-bits="${bits}"` : ''
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>One moment</title>
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
${work ? '' : `<script src="${PROVIDERS[verify.kind as 'turnstile'].script}" async defer></script>\n`}</head>
<body>
<main data-kind="${verify.kind}"${data}>
<h1>One moment</h1>
<p>We make sure that this is no program that does the same thing over and over.</p>
${work ? '<progress max="1" value="0" aria-label="Progress"></progress>' : `<progress hidden></progress>\n${widget(verify, action)}`}
<p id="status" role="status">${work ? 'Your device works on a small task. It takes a few seconds.' : ''}</p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
</body>
</html>
`
  return { status: 200, headers: headersOf(verify), body }
}

function widget(verify: VerifySettings, action: string): string {
  if (verify.kind === 'proof-of-work') return ''
  const { widget: name } = PROVIDERS[verify.kind]
  const key = escaped(verify.siteKey ?? '')
  return `<div class="${name}" data-sitekey="${key}" data-action="${escaped(action)}" data-callback="sallyportSolved"></div>`
}

// It loads our own files and those of the provider alone, and is put into no other page.
function headersOf({ kind }: VerifySettings): Readonly<Record<string, string>> {
  const others = kind === 'proof-of-work' ? [] : PROVIDERS[kind].origins
  const from = ["'self'", ...others].join(' ')
  const rules = [
    "default-src 'none'",
    `script-src ${from}`,
    `style-src ${from}`,
    `connect-src ${from}`,
    ...(others.length === 0 ? [] : [`frame-src ${others.join(' ')}`]),
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': rules.join('; '),
    'cache-control': 'no-store',
    'referrer-policy': kind === 'proof-of-work' ? 'no-referrer' : 'strict-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    vary: 'accept',
  }
}

function asset(name: string, type: string): Served {
  const body = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')
  const headers = {
    'content-type': type,
    'cache-control': 'public, max-age=3600',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
  return Object.freeze({ status: 200, headers, body })
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
