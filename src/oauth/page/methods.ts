import { fill, type Html, html } from './html.ts'
import { fieldOf } from './parts.ts'
import type { Words } from './words.ts'

/** The ways to prove who one is, as they are offered; the first that somebody has comes first. */
export const METHODS = ['passkey', 'totp', 'password', 'sms', 'email', 'backup_code'] as const
export type Method = (typeof METHODS)[number]

/** Every way of some, each with what it takes, and buttons to change between them. The script shows one at a time. */
export function methodsOf(words: Words, methods: readonly Method[], person: string | null = null): Html {
  const buttons = methods.map(
    (
      method,
    ) => html`<li data-for="${method}"><button type="button" class="link" data-choose="${method}">${nameOf(words, method)}</button></li>
`,
  )
  return html`${methods.map(
    (method) => html`<div data-method="${method}" hidden>
${panelOf(words, method, person)}</div>
`,
  )}<div class="ways" data-ways hidden>
<h2>${words.otherWays}</h2>
<ul>
${buttons}</ul>
</div>
`
}

function nameOf(words: Words, method: Method): string {
  const names: Readonly<Record<Method, string>> = {
    passkey: words.passkeyWay,
    totp: words.totp,
    password: words.password,
    sms: words.sms,
    email: words.emailWay,
    backup_code: words.backupCode,
  }
  return names[method]
}

function panelOf(words: Words, method: Method, person: string | null): Html {
  if (method === 'passkey') {
    return html`<p>${words.passkeyText}</p>
<button type="button" data-do="prove-passkey">${words.passkeyUse}</button>
`
  }
  if (method === 'sms') return sentPanel(words, 'sms', words.smsSend, words.smsText)
  if (method === 'email') return sentPanel(words, 'email', words.emailSend, words.emailText)
  if (method === 'password') return passwordPanel(words, person)
  const text = method === 'totp' ? words.totpText : words.backupText
  return html`<p>${text}</p>
${codeForm(words, method)}`
}

function sentPanel(words: Words, method: 'sms' | 'email', send: string, text: string): Html {
  return html`<button type="button" data-do="send-code">${send}</button>
<div data-sent hidden>
<p>${fill(text, { sentTo: html`<strong data-sent-to></strong>` })}</p>
${codeForm(words, method)}<button type="button" class="link" data-do="send-code">${words.sendAgain}</button>
</div>
`
}

function passwordPanel(words: Words, person: string | null): Html {
  // Password managers want to see whose password it is.
  const who =
    person !== null &&
    html`<input type="text" name="username" autocomplete="username" value="${person}" hidden>
`
  const field = { id: 'prove-password', name: 'password', label: words.password, type: 'password' } as const
  return html`<p>${words.passwordText}</p>
<form data-do="prove" novalidate>
${who}${fieldOf({ ...field, autocomplete: 'current-password', maxlength: 1024 })}<button>${words.confirm}</button>
</form>
`
}

function codeForm(words: Words, method: Method): Html {
  const isBackup = method === 'backup_code'
  return html`<form data-do="prove" novalidate>
${fieldOf({
  id: `prove-${method}`,
  name: 'code',
  label: words.code,
  autocomplete: isBackup ? 'off' : 'one-time-code',
  inputmode: isBackup ? 'text' : 'numeric',
  maxlength: 64,
})}<button>${words.confirm}</button>
</form>
`
}
