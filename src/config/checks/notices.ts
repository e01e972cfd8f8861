import type { Check } from '../draft.ts'
import { lookAtNetworks } from './networks.ts'
import { smsChecks } from './sms.ts'

const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,186}[A-Za-z0-9])?$/
const OF_SMTP = ['host', 'user', 'password', 'passwordFile'] as const

/** Rules about mail and webhooks. */
export const noticeChecks: readonly Check[] = [
  {
    name: 'mail that leaves has a server and a sender',
    look: ({ notices }, { say }) => {
      const mail = notices?.mail
      if (mail?.transport !== 'smtp') return
      for (const name of ['host', 'from'] as const) {
        if (mail[name] === null) say(['notices', 'mail', name], 'is missing: `transport: smtp` needs it', 'key')
      }
    },
  },
  {
    name: 'settings of a mail server are not written for nothing',
    look: ({ notices }, { say }) => {
      const mail = notices?.mail
      if (mail?.transport !== 'outbox') return
      for (const name of OF_SMTP) {
        if (mail[name] === null || mail[name] === undefined) continue
        say(['notices', 'mail', name], 'has no meaning while nothing is sent; write `transport: smtp` too', 'key')
      }
    },
  },
  {
    name: 'who signs in at the mail server has one password',
    look: ({ notices }, { say }) => {
      const mail = notices?.mail
      if (mail === undefined || mail.transport !== 'smtp') return
      if (mail.user === undefined || mail.password === undefined || mail.passwordFile === undefined) return
      const given = [mail.password, mail.passwordFile].filter((it) => it !== null).length
      if (mail.user === null && given > 0) say(['notices', 'mail', 'user'], 'is missing: there is a password', 'key')
      if (mail.user !== null && given !== 1)
        say(
          ['notices', 'mail', 'user'],
          'needs one password: SALLYPORT_NOTICES_MAIL_PASSWORD, or a file that `passwordFile` names',
        )
      if (given > 0 && mail.security === 'plaintext')
        say(['notices', 'mail', 'security'], 'a password is never sent in plain text; use `starttls` or `tls`')
    },
  },
  {
    name: 'mail comes from an address',
    look: ({ notices }, { say }) => {
      const from = notices?.mail?.from
      if (typeof from === 'string' && !ADDRESS.test(from))
        say(['notices', 'mail', 'from'], 'must be a mail address such as sallyport@example.com')
    },
  },
  {
    name: 'the outbox is shown to everybody only where no mail leaves',
    look: ({ notices }, { say }) => {
      if (notices?.outboxPage === true && notices.mail?.transport === 'smtp')
        say(['notices', 'outboxPage'], 'shows mails to everybody; it is only there with `mail: { transport: outbox }`')
    },
  },
  ...smsChecks,
  {
    name: 'private networks that webhooks may reach are networks, and not the whole internet',
    look: ({ notices }, findings) => {
      const path = ['notices', 'webhooks', 'allowPrivateNetworks']
      lookAtNetworks(notices?.webhooks?.allowPrivateNetworks, findings, {
        path,
        is: 'everything',
        remark: '; name the networks',
      })
    },
  },
]
