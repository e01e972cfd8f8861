const MADE = Symbol('html')

/** A piece of HTML in which every foreign text is escaped. Only `html` makes it. */
export type Html = { readonly [MADE]: string }

export type Value = Html | string | number | null | false | readonly Value[]

/**
 * Makes HTML of a template. What is put in is text and nothing else, in elements and in quoted attributes; pieces made by
 * `html` stay what they are, lists are joined, and null and false are nothing.
 *
 * @example html`<p class="who">${name}</p>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const text = parts.reduce((before, part, at) => before + textOf(values[at - 1] ?? null) + part)
  return { [MADE]: text }
}

/** The text of a piece, to be sent. */
export function render(piece: Html): string {
  return piece[MADE]
}

/**
 * Puts pieces into a sentence of a translation.
 *
 * @param sentence with names in braces
 * @example fill('{client} wants to know who you are', { client: html`<strong>${name}</strong>` })
 */
export function fill(sentence: string, values: Readonly<Record<string, Value>>): Html {
  const pieces = sentence.split(/\{(\w+)\}/).map((piece, at) => (at % 2 === 0 ? piece : (values[piece] ?? null)))
  return html`${pieces}`
}

function textOf(value: Value): string {
  if (value === null || value === false) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escaped(value)
  return MADE in value ? value[MADE] : value.map(textOf).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
