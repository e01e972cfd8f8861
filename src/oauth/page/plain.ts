import { fill, type Html, html } from './html.ts'
import type { Language } from './language.ts'
import { documentOf } from './layout.ts'
import { postOf, tellingOf, whoOf } from './parts.ts'
import { cancelOf } from './sign-in.ts'
import { wordsOf } from './words.ts'

export type Shown = { readonly language: Language; readonly host: string }

/** A page that says something and asks nothing. */
export function messagePage(
  { language, host }: Shown,
  title: string,
  ...sentences: readonly (string | Html)[]
): string {
  const body = html`<h1>${title}</h1>
${sentences.map(
  (sentence) => html`<p>${sentence}</p>
`,
)}`
  return documentOf({ language, host, title, body })
}

/** For who comes to a request that is over, or that another browser began. */
export function lostPage(shown: Shown): string {
  const words = wordsOf(shown.language)
  return messagePage(shown, words.lostTitle, words.lostText, words.lostDo)
}

/** For who is signed in where there is nothing to go on to. */
export function donePage(shown: Shown): string {
  const words = wordsOf(shown.language)
  return messagePage(shown, words.doneTitle, words.doneText)
}

/** For a form that another page sent. */
export function foreignPage(shown: Shown): string {
  const words = wordsOf(shown.language)
  return messagePage(shown, words.errorTitle, words.errorRefused)
}

/** What a client asked for that cannot be done, with what its people need to know. */
export function errorPage(
  { language, host }: Shown,
  {
    error,
    description,
    isOurs,
  }: { readonly error: string; readonly description: string | null; readonly isOurs: boolean },
): string {
  const words = wordsOf(language)
  const said = isOurs
    ? html`<p>${words.errorOurs}</p>`
    : html`<p>${words.errorText}</p>
<p>${words.errorDo}</p>`
  const detail =
    description !== null &&
    html`<dt>${words.errorDetail}</dt>
<dd lang="en">${description}</dd>
`
  const body = html`<h1>${words.errorTitle}</h1>
${said}
<dl class="facts">
<dt>${words.errorCode}</dt>
<dd><code>${error}</code></dd>
${detail}</dl>
`
  return documentOf({ language, host, title: words.errorTitle, body })
}

/** For who is signed in as somebody else than the client wants. */
export function otherPersonPage(
  { language, host }: Shown,
  { client, person, cancel }: { readonly client: string; readonly person: string; readonly cancel: string },
): string {
  const words = wordsOf(language)
  const body = html`<div id="app" data-mode="other" data-after="">
${tellingOf(language)}<h1>${words.otherTitle}</h1>
${whoOf(language, person)}<p>${fill(words.otherText, { client: html`<strong>${client}</strong>` })}</p>
<button type="button" data-do="sign-out">${words.otherSignIn}</button>
</div>
${cancelOf(words, client, cancel)}`
  return documentOf({ language, host, title: words.otherTitle, body, script: true })
}

/**
 * Leads on, as the answer to a form. A redirect would be part of sending the form, and browsers hold it, wherever it leads,
 * to what this page allows its forms (Content Security Policy 3, `form-action`).
 */
export function onwardPage({ language, host }: Shown, to: string): string {
  const words = wordsOf(language)
  const body = html`<h1>${words.onwardTitle}</h1>
<p>${words.onwardText}</p>
<p><a class="button" href="${to}">${words.continue}</a></p>
`
  return documentOf({ language, host, title: words.onwardTitle, body, onward: to })
}

/** A question that is answered by a form. */
export function questionPage(
  { language, host }: Shown,
  { title, action, body }: { readonly title: string; readonly action: string; readonly body: Html },
): string {
  return documentOf({
    language,
    host,
    title,
    body: html`<h1>${title}</h1>
${postOf(action, body)}`,
  })
}
