import { type FieldNode, isNullable } from './field.ts'
import { configNode } from './schema.ts'
import { variableName } from './variable.ts'

/** One setting, for a reference. */
export type ConfigRow = {
  /** `[]` stands for any position of a list, `*` for any name. */
  readonly path: string
  /** The environment variable; null for what is inside a list or map, which a variable sets whole. */
  readonly variable: string | null
  /** Whether only that variable sets it. */
  readonly environmentOnly: boolean
  /** Kind and bounds in words. */
  readonly type: string
  /** As it would be written, or a sentence when it follows from others; null when it must be given. */
  readonly default: string | null
  readonly sentence: string
}

/** Every setting in the order of the schema, sections included where they are part of a list or map. */
export function describeConfig(): readonly ConfigRow[] {
  return inside(configNode, '', [])
}

function inside(node: FieldNode, place: string, variable: readonly string[] | null): ConfigRow[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const at = place === '' ? name : `${place}.${name}`
    return rowsOf(child, at, variable === null ? null : [...variable, name])
  })
}

function rowsOf(node: FieldNode, place: string, variable: readonly string[] | null): ConfigRow[] {
  const { kind, environmentOnly, derived } = node.sallyport
  if (kind === 'section') return inside(node, place, variable)
  const row: ConfigRow = {
    path: place,
    variable: variable === null ? null : variableName(variable),
    environmentOnly: environmentOnly === true,
    type: typeWords(node),
    default: 'default' in node ? asWritten(node.default) : (derived ?? null),
    sentence: node.description,
  }
  const part = kind === 'list' ? node.items : kind === 'map' ? node.additionalProperties : undefined
  const of = part === undefined || part === false ? [] : inside(part, `${place}${kind === 'list' ? '[]' : '.*'}`, null)
  return [row, ...of]
}

/** The kind of a field and its bounds, in words. */
export function typeWords(node: FieldNode): string {
  return `${WORDS[node.sallyport.kind](node)}${isNullable(node) ? ' or null' : ''}`
}

const WORDS: Readonly<Record<FieldNode['sallyport']['kind'], (node: FieldNode) => string>> = {
  text: ({ sallyport }) => (sallyport.secret === true ? 'secret text' : 'text'),
  choice: (node) => (node.enum ?? []).map((word) => `\`${word}\``).join(', '),
  integer: ({ minimum, maximum }) => `whole number, ${minimum} to ${maximum}`,
  flag: () => '`true` or `false`',
  duration: ({ sallyport }) => `duration, ${sallyport.min} to ${sallyport.max}`,
  window: ({ sallyport }) => `window, ${sallyport.min} to ${sallyport.max}`,
  size: ({ sallyport }) => `size, ${sallyport.min} to ${sallyport.max}`,
  list: ({ items, maxItems }) => `list of ${items === undefined ? 'values' : typeWords(items)}, at most ${maxItems}`,
  map: ({ maxProperties }) => `names with settings, at most ${maxProperties}`,
  section: () => 'settings',
}

/** A value as one writes it in YAML. JSON is that, and plain words need no quotes. */
export function asWritten(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[A-Za-z0-9.:/_-]*[A-Za-z0-9/_-]$/.test(value)
  return isPlain && !isNumber(value) ? value : JSON.stringify(value)
}

// YAML would take it for one.
function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text)
}
