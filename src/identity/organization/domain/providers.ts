/**
 * Domains under which anybody gets a mail address. Their owners could prove them, but then everybody who registers with
 * such an address would join. It is short on purpose: the proof by DNS stops everybody else.
 */
const MAIL_PROVIDERS: ReadonlySet<string> = new Set([
  'aol.com',
  'fastmail.com',
  'freenet.de',
  'gmail.com',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hotmail.com',
  'icloud.com',
  'live.com',
  'mail.com',
  'mail.ru',
  'mailbox.org',
  'me.com',
  'msn.com',
  'naver.com',
  'outlook.com',
  'posteo.de',
  'proton.me',
  'protonmail.com',
  'qq.com',
  't-online.de',
  'tuta.com',
  'web.de',
  'yahoo.com',
  'yandex.com',
  'yandex.ru',
  'zoho.com',
  '163.com',
])

/** Whether a domain, or one above it, gives mail addresses to everybody. */
export function isMailProvider(domain: string): boolean {
  const labels = domain.split('.')
  return labels.some((_, i) => MAIL_PROVIDERS.has(labels.slice(i).join('.')))
}
