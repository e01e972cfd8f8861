import type { Secret } from '../../core/index.ts'
import type { Check, Findings } from '../draft.ts'

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\])$/
const SETTINGS = ['url', 'account', 'secret', 'secretFile', 'from'] as const
const TAKES = {
  off: [],
  outbox: [],
  webhook: ['url', 'secret', 'secretFile', 'from'],
  http: SETTINGS,
} as const satisfies Readonly<Record<string, readonly (typeof SETTINGS)[number][]>>
const NEEDS = { off: [], outbox: [], webhook: ['url'], http: ['url', 'account', 'from'] } as const

/** Rules about text messages. */
export const smsChecks: readonly Check[] = [
  {
    name: 'a provider of text messages has what it needs, and nothing is written for nothing',
    look: ({ notices }, { say }) => {
      const sms = notices?.sms
      if (sms?.transport === undefined) return
      const takes: readonly string[] = TAKES[sms.transport]
      const needs: readonly string[] = NEEDS[sms.transport]
      for (const name of SETTINGS) {
        if (sms[name] === undefined) continue
        const path = ['notices', 'sms', name]
        if (sms[name] === null && needs.includes(name)) say(path, `is missing: \`${sms.transport}\` needs it`, 'key')
        if (sms[name] !== null && !takes.includes(name))
          say(path, `has no meaning with \`transport: ${sms.transport}\``, 'key')
      }
    },
  },
  {
    name: 'a provider of text messages has one secret',
    look: ({ notices }, { say }) => {
      const sms = notices?.sms
      if (sms?.transport !== 'webhook' && sms?.transport !== 'http') return
      if (sms.secret === undefined || sms.secretFile === undefined) return
      if ((sms.secret === null) === (sms.secretFile === null))
        say(
          ['notices', 'sms', 'transport'],
          'needs one secret: SALLYPORT_NOTICES_SMS_SECRET, or a file that `secretFile` names',
        )
      if (sms.transport === 'webhook' && sms.secret !== null && !isWebhookSecret(sms.secret))
        say(['notices', 'sms', 'secret'], 'must be `whsec_` and 24 to 64 bytes in base64')
    },
  },
  {
    name: 'text messages go where nobody on the way can read them',
    look: ({ notices }, findings) => {
      const { url, account } = notices?.sms ?? {}
      if (typeof url === 'string') lookAtUrl(url, notices?.webhooks?.allowInsecureHttp === true, findings)
      // RFC 7617, section 2: it would end there.
      if (account?.includes(':') === true) findings.say(['notices', 'sms', 'account'], 'must not hold a colon')
    },
  },
]

function lookAtUrl(text: string, insecure: boolean, { say }: Findings): void {
  const url = /[\s\\]/.test(text) ? null : URL.parse(text)
  const path = ['notices', 'sms', 'url']
  const plain = url?.protocol === 'http:' && (insecure || LOOPBACK.test(url.hostname))
  if (url === null) say(path, 'must be an address such as https://sms.example.com/messages')
  else if (url.protocol !== 'https:' && !plain) say(path, 'must begin with https://')
  else if (url.username !== '' || url.password !== '' || url.hash !== '')
    say(path, 'must not hold a user name, a password or a fragment')
}

function isWebhookSecret(secret: Secret): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.reveal()) ?? []
  const { length } = Buffer.from(base64 ?? '', 'base64')
  return length >= 24 && length <= 64
}
