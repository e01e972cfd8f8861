import { hash } from 'node:crypto'
import type { Mail } from './outbox.ts'

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404b); --soft: light-dark(#566070, #a3adbd);
  --card: light-dark(#fff, #1c2027); --page: light-dark(#f4f5f8, #121519); --link: light-dark(#0b57d0, #8ab4ff) }
* { box-sizing: border-box }
body { margin: 0; padding: 2rem 1rem; background: var(--page); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto }
h1 { margin: 0; font-size: 1.6rem }
header { margin-bottom: 1.5rem }
header p { margin: .25rem 0 0; color: var(--soft) }
article { margin: 0 0 1rem; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card) }
h2 { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere }
article p { margin: .25rem 0 0; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere }
pre { margin: 1rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); font: inherit; white-space: pre-wrap;
  overflow-wrap: anywhere }
a { color: var(--link) }
a:focus-visible { outline: 3px solid; outline-offset: 2px }
`

/** What the page of the outbox is sent with: it loads nothing, runs nothing, and is put into no other page. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** The newest messages as a page. Whatever is in them is text; a line that is a web address becomes a link. */
export function outboxPage(mails: readonly Mail[]): string {
  const what = mails.length === 0 ? '<p>Nothing there yet.</p>' : mails.map(article).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Outbox – Sallyport</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Outbox</h1>
<p>For development: mails are kept here and not sent. Newest first. <a href="/outbox">Look again</a></p>
</header>
${what}
</main>
</body>
</html>
`
}

function article({ id, channel, to, template, subject, text, status, createdAt }: Mail): string {
  const at = new Date(createdAt).toISOString()
  const title = channel === 'text' ? 'Text message' : subject
  const body = text === null ? 'It held a link or code, and can no longer be read.' : text.trimEnd()
  return `<article aria-labelledby="${escaped(id)}">
<h2 id="${escaped(id)}">${escaped(title)}</h2>
<p>To <strong>${escaped(to)}</strong> · <time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time> · ${escaped(template)} · ${status}</p>
<pre>${body.split('\n').map(line).join('\n')}</pre>
</article>`
}

function line(text: string): string {
  const safe = escaped(text)
  return /^https?:\/\/[\x21-\x7e]+$/.test(text) ? `<a href="${safe}" rel="noreferrer">${safe}</a>` : safe
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string)
}
