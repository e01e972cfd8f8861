import type { Reply } from './control.ts'
import { CALLBACK, follow } from './relying-party.ts'
import type { Visitor } from './visitor.ts'

/** A page of ours, as far as a test without a browser looks at it. */
export type Seen = {
  readonly url: URL
  readonly status: number
  /** The text of its only visible first heading. */
  readonly heading: string
  readonly html: string
}

/** Goes to an address, through redirects, to a page of ours. */
export async function openPage(visitor: Visitor, from: string | URL): Promise<Seen> {
  const { url, status, body } = await follow(visitor, from)
  return seen(url, status, body)
}

/** Sends a form of a page as its button does, and goes where the answer leads. */
export async function press(
  visitor: Visitor,
  page: Seen,
  action: 'consent' | 'cancel',
  fields: Readonly<Record<string, string>> = {},
): Promise<Seen | { readonly callback: URL }> {
  const answer = await visitor.post(`${page.url.pathname}/${action}`, new URLSearchParams(fields))
  const to = onwardOf(answer)
  if (to === null) return seen(page.url, answer.status, answer.body)
  const { url, status, body } = await follow(visitor, new URL(to, page.url))
  return url.origin === new URL(CALLBACK).origin ? { callback: url } : seen(url, status, body)
}

/** Where the page that answers a form leads; null where it leads nowhere. */
export function onwardOf({ body }: Pick<Reply, 'body'>): string | null {
  return /http-equiv="refresh" content="0; url=([^"]+)"/.exec(String(body))?.[1] ?? null
}

/** What a client is told at the end. */
export function toldIn(end: Seen | { readonly callback: URL }): Record<string, string> {
  if (!('callback' in end)) throw new Error(`still at ${end.url}: ${end.heading}`)
  return Object.fromEntries(end.callback.searchParams)
}

function seen(url: URL, status: number, body: unknown): Seen {
  const html = String(body)
  // What is not shown is in sections that are hidden.
  const shown = html.replaceAll(/<section [^>]*hidden>.*?<\/section>/gs, '')
  const heading = /<h1[^>]*>(.*?)<\/h1>/s.exec(shown)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''
  return { url, status, heading, html }
}
