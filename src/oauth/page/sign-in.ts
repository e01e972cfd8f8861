import { enrolSteps } from './enrol-steps.ts'
import { fill, type Html, html } from './html.ts'
import type { Language } from './language.ts'
import { documentOf } from './layout.ts'
import { METHODS, methodsOf } from './methods.ts'
import { fieldOf, postOf, stepOf, tellingOf } from './parts.ts'
import { type Words, wordsOf } from './words.ts'

export type SignInPage = {
  readonly language: Language
  readonly host: string
  /** The client that somebody signs in for; null for none. */
  readonly client: string | null
  /** What stands in the field for the address. */
  readonly email: string
  /** Where the browser goes when it is done; null to load this page again. */
  readonly after: string | null
  /** Where the form of who does not want to goes; null for none. */
  readonly cancel: string | null
}

/** The page on which somebody signs in, with all that can come between the address and the end. */
export function signInPage({ language, host, client, email, after, cancel }: SignInPage): string {
  const words = wordsOf(language)
  const body = html`<div id="app" data-mode="sign-in" data-after="${after ?? ''}" data-device="${words.enrollName}">
${tellingOf(language)}${firstSteps(words, client, email)}${laterSteps(words)}</div>
${cancelOf(words, client, cancel)}`
  return documentOf({ language, host, title: words.signIn, body, script: true })
}

/** The first proof, and what helps to it. */
export function firstSteps(words: Words, client: string | null, email: string): Html {
  return html`${startStep(words, client, email)}${forgotStep(words)}${sentSteps(words)}`
}

/** All that can come between the first proof and the end. */
export function laterSteps(words: Words): Html {
  return html`${secondStep(words)}${verifyStep(words)}${enrolSteps(words, words.enrollText)}${changeStep(words)}`
}

/** The way out of a page: back to the client, which is told. */
export function cancelOf(words: Words, client: string | null, cancel: string | null): Html {
  if (cancel === null) return html``
  const name = client === null ? words.cancel : words.cancelTo.replace('{client}', client)
  return html`<footer>
${postOf(cancel, html`<button class="link">${name}</button>`)}</footer>
`
}

function startStep(words: Words, client: string | null, email: string): Html {
  const to =
    client !== null &&
    html`<p class="to">${fill(words.signInTo, { client: html`<strong>${client}</strong>` })}</p>
`
  const address = {
    id: 'email',
    name: 'email',
    label: words.email,
    type: 'email',
    autocomplete: 'username webauthn',
  } as const
  const password = { id: 'password', name: 'password', label: words.password, type: 'password' } as const
  const body = html`${to}<form data-do="password" novalidate>
${fieldOf({ ...address, value: email, inputmode: 'email', maxlength: 254 })}${fieldOf({ ...password, autocomplete: 'current-password', maxlength: 1024 })}<button>${words.signIn}</button>
</form>
<p class="aside"><button type="button" class="link" data-show="forgot">${words.forgot}</button></p>
<div data-passkeys hidden>
<p class="or"><span>${words.or}</span></p>
<button type="button" class="second" data-do="passkey">${words.passkey}</button>
</div>
<p class="aside"><button type="button" class="link" data-do="magic-link">${words.mailLink}</button></p>
`
  return stepOf('start', words.signIn, body, true)
}

function forgotStep(words: Words): Html {
  const body = html`<p>${words.forgotText}</p>
<form data-do="forgot" novalidate>
${fieldOf({ id: 'forgot-email', name: 'email', label: words.email, type: 'email', autocomplete: 'username', inputmode: 'email', maxlength: 254 })}<button>${words.forgotSend}</button>
</form>
<button type="button" class="link" data-show="start">${words.backToSignIn}</button>
`
  return stepOf('forgot', words.forgotTitle, body)
}

function sentSteps(words: Words): Html {
  const back = html`<button type="button" class="link" data-show="start">${words.backToSignIn}</button>
`
  const opened = html`<button type="button" data-do="reload">${words.linkOpened}</button>
`
  return html`${stepOf(
    'forgot_sent',
    words.sentTitle,
    html`<p>${words.forgotSent}</p>
${back}`,
  )}${stepOf(
    'link_sent',
    words.sentTitle,
    html`<p>${words.linkSent}</p>
${opened}${back}`,
  )}`
}

function secondStep(words: Words): Html {
  const trust = html`<p class="check">
<input type="checkbox" id="trust" name="trust" aria-describedby="trust-hint">
<label for="trust">${words.trust}</label>
<span class="hint" id="trust-hint">${words.trustHint}</span>
</p>
`
  const methods = METHODS.filter((method) => method !== 'password')
  const body = html`<p>${words.secondText}</p>
${methodsOf(words, methods)}${trust}<button type="button" class="link" data-show="start">${words.backToSignIn}</button>
`
  return stepOf('second_factor', words.secondTitle, body)
}

function verifyStep(words: Words): Html {
  const body = html`<p>${words.verifyText}</p>
<button type="button" data-do="resume">${words.verifyDone}</button>
<button type="button" class="link" data-do="verify-again">${words.verifyAgain}</button>
<p data-again hidden>${words.verifySent}</p>
`
  return stepOf('verify_email', words.verifyTitle, body)
}

function changeStep(words: Words): Html {
  const field = { id: 'new-password', name: 'password', label: words.newPassword, type: 'password' } as const
  const body = html`<p>${words.changeText}</p>
<form data-do="change-password" novalidate>
<input type="text" name="username" autocomplete="username" data-username hidden>
${fieldOf({ ...field, autocomplete: 'new-password', maxlength: 1024 })}<button>${words.changeSave}</button>
</form>
`
  return stepOf('change_password', words.changeTitle, body)
}
