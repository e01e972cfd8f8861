import type { Ways } from '../provider/deps.ts'
import { enrolSteps } from './enrol-steps.ts'
import { fill, type Html, html } from './html.ts'
import type { Language } from './language.ts'
import { documentOf } from './layout.ts'
import { METHODS, type Method, methodsOf } from './methods.ts'
import { stepOf, tellingOf, whoOf } from './parts.ts'
import { cancelOf } from './sign-in.ts'
import { type Words, wordsOf } from './words.ts'

export type StepUpPage = {
  readonly language: Language
  readonly host: string
  readonly client: string
  /** The address of who is signed in. */
  readonly person: string
  /** The level that has to be reached; null where a fresh proof is enough. */
  readonly level: string | null
  readonly ways: Ways
  readonly cancel: string
}

/** The page on which somebody who is signed in proves more: by what they have, or by what they add for it. */
export function stepUpPage(page: StepUpPage): string {
  const { language, host, client, person, level, ways, cancel } = page
  const words = wordsOf(language)
  const body = html`<div id="app" data-mode="step-up" data-level="${level ?? ''}" data-after="" data-device="${words.enrollName}">
${whoOf(language, person)}${tellingOf(language)}${stepsOf(words, page)}<template data-problem="NOT_ENOUGH">${words.notEnough}</template>
</div>
<footer>
<button type="button" class="link" data-do="sign-out">${words.signInAgain}</button>
</footer>
${cancelOf(words, client, cancel)}`
  return documentOf({ language, host, title: titleOf(words, ways), body, script: true })
}

function stepsOf(words: Words, { client, person, level, ways }: StepUpPage): Html {
  const name = { client: html`<strong>${client}</strong>` }
  if (ways.proving.length > 0) {
    return proveStep(words, fill(level === null ? words.stepUpFresh : words.stepUpMore, name), ways.proving, person)
  }
  if (ways.confirming !== null) return proveStep(words, html`${words.enrollFirst}`, ways.confirming, person)
  return html`<div data-enrollable="${ways.enrollable.join(' ')}">${enrolSteps(words, fill(words.enrollMore, name), true)}</div>
`
}

function proveStep(words: Words, why: Html, ways: readonly string[], person: string): Html {
  const methods: Method[] = METHODS.filter((method) => ways.includes(method))
  const body = html`<p>${why}</p>
${methodsOf(words, methods, person)}`
  return stepOf('prove', words.stepUpTitle, body, true)
}

function titleOf(words: Words, { proving, confirming }: Ways): string {
  return proving.length > 0 || confirming !== null ? words.stepUpTitle : words.enrollTitle
}
