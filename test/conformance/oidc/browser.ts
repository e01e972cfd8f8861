import type { Reply } from '../../support/control.ts'
import type { Sent, Visitor } from '../../support/visitor.ts'

/** Where a browser came to stand: at the client with an answer, or at a page of the server. */
export type Landing = {
  /** The frames that were in pages on the way. */
  readonly frames: readonly URL[]
} & (
  | { readonly at: 'client'; readonly url: URL; readonly answer: URLSearchParams }
  | { readonly at: 'page'; readonly url: URL; readonly status: number; readonly body: unknown }
)

const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
/** What a form of a client's page comes with: from another site, so without the cookies that are not for every site. */
const FROM_CLIENT = { ...PAGE, 'sec-fetch-site': 'cross-site', origin: 'https://rp.example.com', cookie: null }

/**
 * Goes to an address as a browser does, until a page stands there or the address is not the server's.
 *
 * @param form is sent from a page of the client, where it is given
 */
export function go(browser: Visitor, to: URL, form?: URLSearchParams): Promise<Landing> {
  return follow(browser, to, form, FROM_CLIENT)
}

/** Goes on where a person was asked for something and did it, as a page does that loads itself again. */
export function goOn(browser: Visitor, { url }: Landing): Promise<Landing> {
  return follow(browser, url)
}

/** Presses a button of the form that stands on a page. @throws when there is none */
export function press(
  browser: Visitor,
  page: Landing,
  button: Readonly<Record<string, string>> = {},
): Promise<Landing> {
  const form = page.at === 'page' ? formIn(page.body, page.url) : null
  if (form === null) throw new Error(`no form at ${page.url}`)
  const fields = new URLSearchParams({ ...Object.fromEntries(form.fields), ...button })
  return follow(browser, form.action, fields)
}

async function follow(browser: Visitor, to: URL, form?: URLSearchParams, headers: Sent = PAGE): Promise<Landing> {
  let at = to
  let answer = await (form === undefined
    ? browser.get(pathOf(at), undefined, PAGE)
    : browser.post(pathOf(at), form, headers))
  const frames: URL[] = []
  for (let hops = 0; hops < 12; hops++) {
    frames.push(...framesIn(answer.body))
    const next = nextOf(answer, at)
    if (next === null) return standing(answer, at, frames)
    if (next.origin !== at.origin) return { at: 'client', url: next, answer: next.searchParams, frames }
    at = next
    answer = await browser.get(pathOf(at), undefined, PAGE)
  }
  throw new Error(`more than a dozen redirects, the last to ${at}`)
}

const pathOf = ({ pathname, search }: URL): string => pathname + search

/** Where a browser goes by itself: by a redirect, or by a page that says so. */
function nextOf({ status, headers, body }: Reply, at: URL): URL | null {
  const location = status >= 300 && status < 400 ? headers.get('location') : null
  const refresh = /<meta http-equiv="refresh" content="\d+; ?url=([^"]+)"/.exec(String(body))?.[1]
  const next = location ?? (refresh === undefined ? null : unescaped(refresh))
  return next === null ? null : new URL(next, at)
}

// A form that sends itself to the client is an answer by `response_mode=form_post`.
function standing({ status, body }: Reply, at: URL, frames: readonly URL[]): Landing {
  const form = formIn(body, at)
  if (form === null || form.action.origin === at.origin) return { at: 'page', url: at, status, body, frames }
  return { at: 'client', url: form.action, answer: form.fields, frames }
}

function framesIn(body: unknown): URL[] {
  const tags = [...String(body).matchAll(/<iframe\b[^>]*>/g)].map(([tag]) => attributeOf(tag, 'src'))
  return tags.flatMap((address) => (address === null ? [] : [new URL(address)]))
}

function formIn(body: unknown, at: URL): { readonly action: URL; readonly fields: URLSearchParams } | null {
  const [, attributes = '', inside = ''] = /<form\b([^>]*)>(.*?)<\/form>/s.exec(String(body)) ?? []
  const action = attributeOf(attributes, 'action')
  if (action === null) return null
  const inputs = [...inside.matchAll(/<input\b[^>]*>/g)].map(([input]) => input)
  const fields = new URLSearchParams()
  for (const input of inputs) fields.append(attributeOf(input, 'name') ?? '', attributeOf(input, 'value') ?? '')
  fields.delete('')
  return { action: new URL(action, at), fields }
}

function attributeOf(tag: string, name: string): string | null {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? null : unescaped(value)
}

const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x2F': '/' }

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|#x2F);/g, (sign, name: string) => SIGNS[name] ?? sign)
}
