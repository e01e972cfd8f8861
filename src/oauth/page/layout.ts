import { addressOf, SIGN_IN_SCRIPT, STYLE } from './assets.ts'
import { type Html, html, render } from './html.ts'
import type { Language } from './language.ts'
import { wordsOf } from './words.ts'

export type Page = {
  readonly language: Language
  /** Whose page it is: what people see in the address bar too. */
  readonly host: string
  readonly title: string
  readonly body: Html
  /** Our script: whether the page needs it, or does without but is helped by it. */
  readonly script?: boolean | 'helps'
  /** Where the browser goes on at once, for an answer to a form: a redirect would be held to the rules of this page. */
  readonly onward?: string | Onward
}

/** Where a page leads by itself, and after how many seconds. */
type Onward = { readonly to: string; readonly after: number }

const secondsOf = (onward: string | Onward) => String(typeof onward === 'string' ? 0 : onward.after)
const addressIn = (onward: string | Onward) => (typeof onward === 'string' ? onward : onward.to)

/** A whole page. */
export function documentOf({ language, host, title, body, script = false, onward }: Page): string {
  const words = wordsOf(language)
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${onward === undefined ? null : html`<meta http-equiv="refresh" content="${secondsOf(onward)}; url=${addressIn(onward)}">`}
<title>${title} – ${host}</title>
<link rel="stylesheet" href="${addressOf(STYLE)}">
${script !== false && html`<script type="module" src="${addressOf(SIGN_IN_SCRIPT)}"></script>`}
</head>
<body>
<header class="top"><span class="mark" aria-hidden="true"></span>${host}</header>
<main class="card">
${body}
${script === true && html`<noscript><p class="notice">${words.needsScript}</p></noscript>`}
</main>
</body>
</html>
`
  return render(page)
}
