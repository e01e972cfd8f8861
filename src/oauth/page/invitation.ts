import { fill, type Html, html } from './html.ts'
import { documentOf } from './layout.ts'
import { fieldOf, stepOf, tellingOf } from './parts.ts'
import type { Shown } from './plain.ts'
import { firstSteps, laterSteps } from './sign-in.ts'
import { type Words, wordsOf } from './words.ts'

/**
 * The page that a mailed invitation leads to. Whoever has an account signs in and accepts, whoever has none makes one. It
 * asks nothing and takes nothing before somebody says so: programs that look at mails open every link.
 *
 * @param signIn the address of the page to sign in
 */
export function invitationPage({ language, host }: Shown, signIn: string): string {
  const words = wordsOf(language)
  const steps = html`${openStep(words)}${acceptStep(words)}${registerStep(words)}${firstSteps(words, null, '')}`
  const body = html`<div id="app" data-mode="sign-in" data-link="invitation" data-after="${signIn}" data-device="${words.enrollName}">
${tellingOf(language)}${steps}${laterSteps(words)}${doneStep(words, signIn)}</div>
`
  return documentOf({ language, host, title: words.invitationTitle, body, script: true })
}

function openStep(words: Words): Html {
  const body = html`<p>${words.invitationText}</p>
<form data-do="link" novalidate>
<button>${words.invitationDo}</button>
</form>
`
  return stepOf('link', words.invitationTitle, body, true)
}

function acceptStep(words: Words): Html {
  const body = html`${whoInvites(words)}
<p>${words.invitationAcceptText}</p>
<button type="button" data-do="accept">${words.invitationAccept}</button>
`
  return stepOf('invitation', words.invitationTitle, body)
}

function registerStep(words: Words): Html {
  const name = { id: 'invited-name', name: 'name', label: words.invitationName, autocomplete: 'name', maxlength: 128 }
  const password = { id: 'invited-password', name: 'password', label: words.password, type: 'password' } as const
  const body = html`${whoInvites(words)}
<p>${words.invitationRegisterText}</p>
<form data-do="register" novalidate>
<input type="text" name="email" autocomplete="username" data-username hidden>
${fieldOf(name)}${fieldOf({ ...password, autocomplete: 'new-password', maxlength: 1024 })}<button>${words.invitationRegister}</button>
</form>
`
  return stepOf('invitation_register', words.invitationTitle, body)
}

// The script fills both in, once they were asked for.
function whoInvites(words: Words): Html {
  const named = { organization: html`<strong data-organization></strong>`, email: html`<span data-invited></span>` }
  return html`<p>${fill(words.invitationFrom, named)}</p>`
}

function doneStep(words: Words, signIn: string): Html {
  const body = html`<p>${fill(words.invitationDoneText, { organization: html`<strong data-organization></strong>` })}</p>
<p><a class="button" href="${signIn}">${words.continue}</a></p>
`
  return stepOf('link_done', words.invitationDone, body)
}
