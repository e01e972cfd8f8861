import { type Html, html } from './html.ts'
import { documentOf } from './layout.ts'
import { fieldOf, stepOf, tellingOf } from './parts.ts'
import type { Shown } from './plain.ts'
import { laterSteps } from './sign-in.ts'
import { type Words, wordsOf } from './words.ts'

/** What mailed links lead to, by the last part of their address. */
export const LINK_KINDS = ['verify', 'reset', 'magic', 'email-change', 'recovery'] as const
export type LinkKind = (typeof LINK_KINDS)[number]

type Asking = { readonly title: string; readonly text: string; readonly does: string }
type Done = { readonly title: string; readonly text: string }

/**
 * The page that a mailed link leads to. It does nothing by itself: programs that look at mails open every link, and must
 * not use it up.
 *
 * @param signIn the address of the page to sign in
 */
export function linkPage({ language, host }: Shown, kind: LinkKind, signIn: string): string {
  const words = wordsOf(language)
  const { asking, done } = sentencesOf(words)[kind]
  const later = kind === 'magic' ? laterSteps(words) : doneStep(words, done, signIn)
  const body = html`<div id="app" data-mode="sign-in" data-link="${kind}" data-after="${signIn}" data-device="${words.enrollName}">
${tellingOf(language)}${stepOf('link', asking.title, formOf(words, kind, asking), true)}${later}</div>
`
  return documentOf({ language, host, title: asking.title, body, script: true })
}

function formOf(words: Words, kind: LinkKind, { text, does }: Asking): Html {
  const field = { id: 'new-password-of-link', name: 'password', label: words.newPassword, type: 'password' } as const
  const password = fieldOf({ ...field, autocomplete: 'new-password', maxlength: 1024 })
  return html`<p>${text}</p>
<form data-do="link" novalidate>
${kind === 'reset' && password}<button>${does}</button>
</form>
`
}

function doneStep(words: Words, { title, text }: Done, signIn: string): Html {
  const body = html`<p>${text}</p>
<p><a class="button" href="${signIn}">${words.signIn}</a></p>
`
  return stepOf('link_done', title, body)
}

function sentencesOf(words: Words): Readonly<Record<LinkKind, { asking: Asking; done: Done }>> {
  return {
    verify: {
      asking: { title: words.linkVerifyTitle, text: words.linkVerifyText, does: words.linkVerifyDo },
      done: { title: words.linkVerifyDone, text: words.linkVerifyDoneText },
    },
    reset: {
      asking: { title: words.forgotTitle, text: words.linkResetText, does: words.linkResetDo },
      done: { title: words.linkResetDone, text: words.linkResetDoneText },
    },
    magic: {
      asking: { title: words.linkMagicTitle, text: words.linkMagicText, does: words.linkMagicDo },
      done: { title: words.doneTitle, text: words.doneText },
    },
    'email-change': {
      asking: { title: words.linkEmailTitle, text: words.linkEmailText, does: words.linkVerifyDo },
      done: { title: words.linkEmailDone, text: words.linkVerifyDoneText },
    },
    recovery: {
      asking: { title: words.linkRecoveryTitle, text: words.linkRecoveryText, does: words.linkRecoveryDo },
      done: { title: words.linkRecoveryDone, text: words.linkRecoveryDoneText },
    },
  }
}
