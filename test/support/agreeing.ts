import type { Reply } from './control.ts'
import { follow } from './relying-party.ts'
import type { Visitor } from './visitor.ts'

/**
 * Goes where a client sends a browser, agrees to what it asks for, and ends where that leads: at the client.
 *
 * @throws when it ends at a page that is no question for consent
 */
export async function agreeAt(visitor: Visitor, from: string | URL): Promise<URL> {
  const first = await follow(visitor, from)
  if (first.body === null) return first.url
  const answer = await visitor.post(`${first.url.pathname}/consent`, new URLSearchParams({ answer: 'allow' }))
  const to = onwardOf(answer)
  if (to === null) throw new Error(`${first.status} at ${first.url}: ${String(first.body)}`)
  const { url, status, body } = await follow(visitor, new URL(to, first.url))
  if (body !== null) throw new Error(`${status} at ${url}: ${String(body)}`)
  return url
}

// A form is answered by a page that leads on, since browsers would not let a redirect of a form leave the site.
function onwardOf({ headers, body }: Reply): string | null {
  const found = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(String(body))?.[1]?.replaceAll('&amp;', '&')
  return found ?? headers.get('location')
}
