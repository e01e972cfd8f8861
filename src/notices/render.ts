import { type Template, type TemplateName, templates, type ValuesOf } from './templates.ts'

export type Rendered = { readonly subject: string; readonly text: string }

const LONGEST_VALUE = 500
const LONGEST_SUBJECT = 200
const CUT = '…'
// Controls and halves of characters, line ends of every kind, and marks that turn the direction of the text around them.
const ODD = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/**
 * Puts values into a template. Each becomes one line, bounded: no value can add a header, a line or another value.
 *
 * @throws when a value is missing or unknown: that is a bug of the caller
 */
export function render<T extends TemplateName>(name: T, values: ValuesOf<T>): Rendered {
  const template: Template | undefined = templates[name]
  if (template === undefined) throw new Error(`there is no mail "${name}"`)
  const given = Object.keys(values).sort().join()
  const wanted = template.values.toSorted().join()
  if (given !== wanted) throw new Error(`the mail "${name}" takes ${wanted}, not ${given}`)
  const clean = new Map(Object.entries<string | number>(values).map(([key, value]) => [key, oneLine(String(value))]))
  return { subject: cut(filled(template.subject, clean), LONGEST_SUBJECT), text: `${filled(template.text, clean)}\n` }
}

// In one pass, so that braces within a value stay as they are.
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole)
}

function oneLine(text: string): string {
  return cut(
    text
      .slice(0, LONGEST_VALUE * 2)
      .replace(ODD, ' ')
      .trim(),
    LONGEST_VALUE,
  )
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : text.slice(0, longest - CUT.length).replace(/[\ud800-\udbff]$/, '') + CUT
}
