import { type FieldNode, isNullable } from './field.ts'
import { didYouMean } from './likely.ts'
import { type Path, pathText } from './path.ts'
import type { Report } from './problem.ts'
import { type Branch, type Entry, emptyBranch, layOver, type Spot, type Tree } from './tree.ts'
import { PREFIX, variableName } from './variable.ts'
import { readYaml } from './yaml.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables of ours that are no configuration values. */
const OTHERS = [
  'SALLYPORT_CONFIG',
  'SALLYPORT_KEY',
  'SALLYPORT_SERVER',
  'SALLYPORT_VECTORS',
  'SALLYPORT_REQUIRE_SERVICES',
]
const TESTS = 'SALLYPORT_TEST_'
/** The most characters of a value; more belongs in a file. */
const LONGEST = 1024 * 1024

/** A configuration value that a variable sets. */
export type Variable = { readonly name: string; readonly path: readonly string[]; readonly node: FieldNode }

/** Every variable that a schema has: one for each value that is not a section, lists and maps whole. */
export function variablesOf(node: FieldNode, path: readonly string[] = []): Variable[] {
  if (node.sallyport.kind !== 'section') return [{ name: variableName(path), path, node }]
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => variablesOf(child, [...path, name]))
}

/** Reads the variables that the schema has, and reports those that look like ours but are not. */
export function readEnvironment(env: Environment, schema: FieldNode, report: Report): Tree {
  const known = new Map(variablesOf(schema).map((variable) => [variable.name, variable]))
  let tree: Tree = emptyBranch({ from: 'environment' })
  for (const name of Object.keys(env).toSorted()) {
    const text = env[name]
    if (text === undefined || !name.startsWith(PREFIX) || OTHERS.includes(name) || name.startsWith(TESTS)) continue
    const spot: Spot = { from: 'environment', variable: name }
    const variable = known.get(name)
    if (variable === undefined) report.add([], unknownVariable(name, known), spot)
    else {
      const value = readVariable(text, variable, spot, report)
      if (value !== null) tree = layOver(schema, tree, branchAt(variable.path, value))
    }
  }
  return tree
}

function readVariable(text: string, { path, node }: Variable, spot: Spot, report: Report): Tree | null {
  const refuse = (message: string): null => {
    report.add(path, message, spot)
    return null
  }
  if (text === '') return refuse('is set but empty; give it a value or unset it')
  if (text.length > LONGEST) return refuse('is longer than 1 MB; write this value in a file')
  const { kind } = node.sallyport
  if (kind === 'list' || kind === 'map') return readJson(text, path, node, spot, report)
  if (kind === 'integer' && text === 'null' && isNullable(node)) return { is: 'scalar', spot, value: null }
  return { is: 'scalar', spot, value: (COERCE[kind] ?? sameText)(text) }
}

// What is not the text of a number or flag stays text, and the reader says what it should be.
const sameText = (text: string): string | number | boolean => text
const COERCE: Readonly<Record<string, typeof sameText>> = {
  integer: (text) => (/^-?[0-9]{1,15}$/.test(text) ? Number(text) : text),
  flag: (text) => (text === 'true' ? true : text === 'false' ? false : text),
}

function readJson(text: string, path: Path, node: FieldNode, spot: Spot, report: Report): Tree | null {
  try {
    JSON.parse(text)
  } catch {
    const example = node.sallyport.kind === 'list' ? '["a","b"]' : '{"name":{…}}'
    report.add(path, `must be JSON, such as ${example}${isNullable(node) ? ' or null' : ''}`, spot)
    return null
  }
  // JSON is YAML; read this way, a name that is written twice is refused instead of overwritten.
  return readYaml(text, spot, nested(report, path))
}

/** A report for a value inside: its paths start at the value. */
function nested(report: Report, around: Path): Report {
  return { ...report, add: (path, message, spot) => report.add([...around, ...path], message, spot) }
}

function branchAt(path: readonly string[], value: Tree): Tree {
  return path.reduceRight<Tree>((below, name): Branch => {
    const entry: Entry = { key: value.spot, value: below }
    return { is: 'map', spot: value.spot, entries: new Map([[name, entry]]) }
  }, value)
}

function unknownVariable(name: string, known: ReadonlyMap<string, Variable>): string {
  const whole = [...known.values()].find((variable) => isWhole(variable) && name.startsWith(`${variable.name}_`))
  if (whole !== undefined) {
    return `sets no configuration value; ${pathText(whole.path)} is given whole, as JSON, in ${whole.name}`
  }
  return `sets no configuration value${didYouMean(name, [...known.keys(), ...OTHERS])}`
}

function isWhole({ node }: Variable): boolean {
  return node.sallyport.kind === 'list' || node.sallyport.kind === 'map'
}
