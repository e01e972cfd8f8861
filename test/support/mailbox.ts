import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** One mail as the server took it. */
export type Arrived = { readonly to: readonly string[]; readonly from: string; readonly source: string }

/** An SMTP server of the test's own. */
export type Mailbox = {
  readonly port: number
  readonly arrived: readonly Arrived[]
  /** What it says to a mail from now on: null takes it, an error is said, a promise is waited for. */
  readonly answer: (how: (mail: Arrived) => Promise<Error | null> | Error | null) => void
  /** The headers of a mail by their lower-case names, unfolded. */
  readonly headers: (mail: Arrived | undefined) => Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/** A refusal with a reply code of RFC 5321. */
export function smtpError(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code })
}

/** @param options.startTls whether it offers STARTTLS, with a certificate that nobody trusts */
export async function startMailbox(options: { readonly startTls?: boolean } = {}): Promise<Mailbox> {
  const arrived: Arrived[] = []
  let how: Parameters<Mailbox['answer']>[0] = () => null
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.startTls === true ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    onData: async (stream, session, done) => {
      const source = await text(stream)
      const { mailFrom, rcptTo } = session.envelope
      const mail = {
        to: rcptTo.map(({ address }) => address),
        from: mailFrom === false ? '' : mailFrom.address,
        source,
      }
      arrived.push(mail)
      done(await how(mail))
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return Object.freeze({
    port,
    arrived,
    answer: (next: typeof how) => {
      how = next
    },
    headers: (mail) => headersOf(mail?.source ?? ''),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  } satisfies Mailbox)
}

function headersOf(source: string): Record<string, string> {
  const [head = ''] = source.split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  return Object.fromEntries(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*:\s*/, '')]),
  )
}
