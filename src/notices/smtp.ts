import { readFile } from 'node:fs/promises'
import type { SendMailOptions, Transporter } from 'nodemailer'
import type { Outgoing, Send, Sent } from './send-messages.ts'
import type { MailSettings } from './settings.ts'

const CONNECT_MS = 10_000
const SILENCE_MS = 20_000
const LONGEST_REASON = 300

/** Sends by SMTP. The library and the password are loaded when the first mail is sent. */
export function createSmtp(settings: MailSettings): Send {
  const { host, from } = settings
  if (host === null || from === null) throw new Error('mail by SMTP needs a host and a sender')
  let opening: Promise<Transporter> | null = null

  return async (mail) => {
    try {
      opening ??= openTransport(settings, host)
      const transport = await opening
      await transport.sendMail(optionsOf(mail, from))
      return { is: 'sent' }
    } catch (error) {
      // A password that was changed is read again.
      opening = null
      return failed(error)
    }
  }
}

async function openTransport(settings: MailSettings, host: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  const { port, security, user } = settings
  const pass = await passwordOf(settings)
  return createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plaintext',
    ...(user === null ? {} : { auth: { user, pass } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

async function passwordOf({ password, passwordFile }: MailSettings): Promise<string> {
  if (passwordFile !== null) return (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '')
  return password?.reveal() ?? ''
}

// RFC 3834, section 5: nobody's holiday notice answers to these.
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }

function optionsOf(mail: Outgoing, from: string): SendMailOptions {
  return {
    from: { name: 'Sallyport', address: from },
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    // RFC 5322, section 3.6.4: the same each time this mail is sent, so that a second copy is known as one.
    messageId: `<${mail.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    date: new Date(mail.createdAt),
    headers: AUTOMATIC,
  }
}

type SmtpError = Error & { readonly code?: string; readonly responseCode?: number; readonly command?: string }

// RFC 5321, section 4.2.1: 5yz lasts. A refused sign-in or greeting is about the server, and somebody may mend it.
function failed(error: unknown): Sent {
  const { message, code, responseCode, command = '' } = error as SmtpError
  const aboutMail = /^(RCPT|DATA|MAIL)/.test(command) && responseCode !== undefined
  const lasting = aboutMail && responseCode >= 500
  const reason = `${code ?? 'ERROR'}: ${message}`.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').slice(0, LONGEST_REASON)
  return { is: 'failed', reason, lasting, server: !aboutMail, retryAfter: null }
}
