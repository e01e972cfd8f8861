import { type Html, html, type Value } from './html.ts'
import { fieldOf, stepOf } from './parts.ts'
import type { Words } from './words.ts'

/** The steps of adding a second factor: which, an app by its picture, and the codes to keep. */
export function enrolSteps(words: Words, why: Value, shown = false): Html {
  const choice = html`<p>${why}</p>
<div class="choices">
<button type="button" data-enroll="passkey">${words.enrollPasskey}</button>
<button type="button" class="second" data-enroll="totp">${words.enrollTotp}</button>
</div>
`
  return html`${stepOf('enroll', words.enrollTitle, choice, shown)}${appStep(words)}${codesStep(words)}`
}

function appStep(words: Words): Html {
  const field = { id: 'enroll-code', name: 'code', label: words.enrollCode, autocomplete: 'one-time-code' } as const
  const body = html`<p>${words.enrollScan}</p>
<div class="qr" data-qr aria-hidden="true"></div>
<p>${words.enrollKey}: <code data-key></code></p>
<form data-do="enroll-totp" novalidate>
${fieldOf({ ...field, inputmode: 'numeric', maxlength: 64 })}<button>${words.confirm}</button>
</form>
<button type="button" class="link" data-show="enroll">${words.back}</button>
`
  return stepOf('enroll_totp', words.enrollTotpTitle, body)
}

function codesStep(words: Words): Html {
  const body = html`<p>${words.codesText}</p>
<ul class="codes" data-codes></ul>
<button type="button" data-do="codes-kept">${words.codesKept}</button>
`
  return stepOf('backup_codes', words.codesTitle, body)
}
