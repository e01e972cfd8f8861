import { type Html, html, type Value } from './html.ts'
import type { Language } from './language.ts'
import { problemsIn, wordsOf } from './words.ts'

/** One step of a page whose steps the script shows one after the other. */
export function stepOf(name: string, title: Value, body: Html, shown = false): Html {
  return html`<section data-step="${name}" aria-labelledby="${name}-title"${shown ? null : html` hidden`}>
<h1 id="${name}-title" tabindex="-1">${title}</h1>
${body}
</section>
`
}

export type Field = {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password'
  readonly autocomplete?: string
  readonly value?: string
  readonly hint?: string
  readonly inputmode?: 'numeric' | 'email' | 'text'
  readonly maxlength?: number
}

/** A labelled field; what is wrong with it is told by the summary that it is described by. */
export function fieldOf(field: Field): Html {
  const { id, name, label, type = 'text', autocomplete = 'off', value = '', hint, inputmode, maxlength = 256 } = field
  const hintId = hint === undefined ? null : html` aria-describedby="${id}-hint"`
  return html`<p class="field">
<label for="${id}">${label}</label>
<input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" maxlength="${maxlength}"${
    inputmode !== undefined && html` inputmode="${inputmode}"`
  } autocapitalize="none" spellcheck="false" required${hintId}>
${hint !== undefined && html`<span class="hint" id="${id}-hint">${hint}</span>`}
</p>
`
}

/** What stands above the steps: where it is told that something went wrong, and that something is under way. */
export function tellingOf(language: Language): Html {
  const words = wordsOf(language)
  const sentences = Object.entries(problemsIn(language)).map(
    ([code, sentence]) => html`<template data-problem="${code}">${sentence}</template>
`,
  )
  return html`<div class="summary" id="summary" role="alert" tabindex="-1" hidden>
<h2>${words.problemTitle}</h2>
<p id="problem"></p>
</div>
<p class="status" id="status" role="status" data-wait="${words.wait}"></p>
${sentences}`
}

/** A form that needs no script. */
export function postOf(action: string, body: Html): Html {
  return html`<form method="post" action="${action}">
${body}
</form>
`
}

/** Who is signed in. */
export function whoOf(language: Language, person: string): Html {
  return html`<p class="who">${wordsOf(language).signedInAs.replace('{person}', person)}</p>
`
}
