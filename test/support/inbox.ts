import type { Control } from './control.ts'
import { eventually } from './sallyport.ts'

/** A mail as the person it went to reads it. */
export type Mail = {
  readonly id: string
  readonly template: string
  readonly subject: string
  readonly text: string
  /** The first address of a page in its text. */
  readonly link: string | null
  /** Six digits that stand alone in its text. */
  readonly code: string | null
}

type Kept = Pick<Mail, 'id' | 'template' | 'subject'> & { readonly to: string; readonly text: string | null }
type Asked = Pick<Control, 'call' | 'keyWith'>

const PATIENCE_MS = 5_000
const readers = new WeakMap<Asked, Promise<{ key: string }>>()

/** The mails to one address that a server without SMTP kept, newest first. */
export async function mailsTo(
  control: Asked,
  to: string,
  { template }: { readonly template?: string } = {},
): Promise<readonly Mail[]> {
  const all = await outbox(control)
  const theirs = all.filter((mail) => mail.to === to && (template === undefined || mail.template === template))
  return theirs.map(({ id, template: name, subject, text }) => ({
    id,
    template: name,
    subject,
    // What it let in with has ended: then nobody can read it any more.
    text: text ?? '',
    link: linkIn(text ?? ''),
    code: codeIn(text ?? ''),
  }))
}

/**
 * The newest mail to an address, once it is there.
 *
 * @param options.template only such a mail
 * @param options.after only a mail that came after the one with this id
 * @throws when none came in five seconds
 */
export async function waitForMail(
  control: Asked,
  to: string,
  options: { readonly template?: string; readonly after?: string } = {},
): Promise<Mail> {
  let newest: Mail | undefined
  await eventually(async () => {
    const [first] = await mailsTo(control, to, options)
    newest = first?.id === options.after ? undefined : first
    return newest !== undefined
  }, PATIENCE_MS)
  if (newest === undefined) throw new Error(`no ${options.template ?? 'mail'} came to ${to}`)
  return newest
}

async function outbox(control: Asked): Promise<Kept[]> {
  const reader = readers.get(control) ?? control.keyWith(['notices:read'])
  readers.set(control, reader)
  const { key } = await reader
  const mails: Kept[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { status, body } = await control.call(key, 'GET', `/v1/notices/outbox?limit=100${after}`)
    if (status !== 200) throw new Error(`the outbox answers ${status}: ${JSON.stringify(body)}`)
    mails.push(...body.items)
    cursor = body.nextCursor
  }
  return mails
}

// Where a sentence ends with an address, its full stop is not of the address.
const linkIn = (text: string): string | null => /https?:\/\/[^\s<>"]+[^\s<>".,;:)]/.exec(text)?.[0] ?? null

const codeIn = (text: string): string | null => /(?<!\S)\d{6}(?![^\s.])/.exec(text)?.[0] ?? null
