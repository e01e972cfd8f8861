import { pageHeaders } from '../page/headers.ts'
import { type Html, html } from '../page/html.ts'
import { documentOf } from '../page/layout.ts'
import type { Shown } from '../page/plain.ts'
import { wordsOf } from '../page/words.ts'
import { frameSources } from './front-channel.ts'

/** Seconds that clients have to forget, before the browser goes on. */
const FOR_CLIENTS = 3

/** Headers of the page: it runs nothing, is put into no other page, and loads our style and those frames alone. */
export function framesHeaders(issuer: string, addresses: readonly string[]): Readonly<Record<string, string>> {
  const headers = pageHeaders(issuer, { isSecret: true })
  const { origin } = new URL(issuer)
  const policy = `default-src 'none'; style-src ${origin}/oauth/pages/; ${frameSources(addresses)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return { ...headers, 'content-security-policy': policy }
}

/** The page between the end of a session and where the browser goes on: clients are told in frames nobody sees. */
export function framesPage({ language, host }: Shown, addresses: readonly string[], onward: string): string {
  const words = wordsOf(language)
  const body = html`<h1>${words.signingOutTitle}</h1>
<p role="status">${words.signingOutText}</p>
<p><a class="button" href="${onward}">${words.continue}</a></p>
${addresses.map(frameOf)}`
  return documentOf({ language, host, title: words.signingOutTitle, body, onward: { to: onward, after: FOR_CLIENTS } })
}

function frameOf(address: string): Html {
  return html`<iframe hidden src="${address}" title=""></iframe>
`
}
