import { createRequire } from 'node:module'
import type { Alias, Document, Pair, YAMLMap } from 'yaml'
import { type Path, quoted } from './path.ts'
import type { Report } from './problem.ts'
import { type Entry, emptyBranch, MOST_DEPTH, MOST_VALUES, type Spot, TooMuch, type Tree } from './tree.ts'

// Seventy files, which a configuration without YAML does not load.
const require = createRequire(import.meta.url)
const yaml = (): typeof import('yaml') => require('yaml')

/** What is wrong with YAML, by the parser's code. Anything else is told as not well-formed. */
const SYNTAX: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (`*name`) can not have an anchor or a tag',
  BAD_ALIAS: 'an alias needs a name',
  BAD_INDENT: 'the indentation does not fit the lines around it, or a closing bracket is missing',
  BLOCK_AS_IMPLICIT_KEY: 'a nested block can not stand here; check the indentation and the colons',
  BLOCK_IN_FLOW: 'a block can not stand inside `[…]` or `{…}`',
  KEY_OVER_1024_CHARS: 'a key can not be longer than 1024 characters',
  MISSING_CHAR: 'a character is missing here: a closing bracket or quote, a comma, a colon or a space',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; check the indentation and the colons',
  MULTIPLE_DOCS: 'only one document is read; remove the `---` between them',
  RESOURCE_EXHAUSTION: 'this is nested too deeply',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  TAG_RESOLVE_FAILED: 'tags (`!name`) are not read here; write the plain value',
}

/**
 * Reads YAML 1.2 (JSON included) into a tree. Duplicate keys, keys that are not text, tags, other versions of YAML
 * and several documents are refused; aliases are followed within the bounds of `tree.ts`.
 *
 * @param top the spot of the text as a whole; lines and columns are added when it is a file
 * @returns null when there is nothing to look at further
 */
export function readYaml(text: string, top: Spot, report: Report): Tree | null {
  const { LineCounter, parseDocument } = yaml()
  const lineCounter = new LineCounter()
  // A quieter log level would also keep back the error about several documents; nothing is printed at this one.
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const
  const document = parseDocument(text, { ...options, version: '1.2', schema: 'core' })
  const spotOf = (offset: number | undefined): Spot => {
    if (offset === undefined || top.from !== 'file') return top
    const { line, col } = lineCounter.linePos(offset)
    return { ...top, line, column: col }
  }
  if (reportSyntax(document, spotOf, top, report)) return null
  if (document.contents === null) return emptyBranch(top)
  try {
    return grow(document, spotOf, report)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    report.add([], `this is nested deeper than ${MOST_DEPTH} levels or holds more than ${MOST_VALUES} values`, top)
    return null
  }
}

type SpotOf = (offset: number | undefined) => Spot

function reportSyntax(document: Document.Parsed, spotOf: SpotOf, top: Spot, report: Report): boolean {
  const wrong = [...document.errors, ...document.warnings]
  for (const { code, pos } of wrong.slice(0, 20)) {
    report.add([], SYNTAX[code] ?? 'this is not well-formed YAML', spotOf(pos[0]))
  }
  const version = document.directives.yaml.version
  if (version !== '1.2') report.add([], 'only YAML 1.2 is read; remove the `%YAML` line', top)
  return wrong.length > 0 || version !== '1.2'
}

function grow(document: Document.Parsed, spotOf: SpotOf, report: Report): Tree {
  const { isAlias, isMap, isScalar, isSeq } = yaml()
  let left = MOST_VALUES
  const spotOfNode = (node: unknown): Spot => spotOf((node as { range?: readonly number[] } | null)?.range?.[0])

  const read = (node: unknown, path: Path, depth: number, around: Spot): Tree => {
    left -= 1
    if (left < 0 || depth > MOST_DEPTH) throw new TooMuch()
    if (isAlias(node)) return followAlias(node, path, depth)
    const spot = node === null ? around : spotOfNode(node)
    if (isMap(node)) return readMap(node, path, depth, spot)
    if (isSeq(node))
      return { is: 'list', spot, items: node.items.map((item, i) => read(item, [...path, i], depth + 1, spot)) }
    return { is: 'scalar', spot, value: isScalar(node) ? scalarOf(node.value) : null }
  }

  const followAlias = (alias: Alias, path: Path, depth: number): Tree => {
    const target = alias.resolve(document)
    if (target !== undefined) return read(target, path, depth + 1, spotOfNode(alias))
    report.add(path, `there is no anchor "&${alias.source}" above`, spotOfNode(alias))
    return { is: 'told', spot: spotOfNode(alias) }
  }

  const readMap = (map: YAMLMap, path: Path, depth: number, spot: Spot): Tree => {
    const entries = new Map<string, Entry>()
    for (const { key, value } of map.items as Pair<unknown, unknown>[]) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : null
      const keySpot = spotOfNode(key)
      if (name === null) {
        report.add(path, 'a key here is not text; write it in quotes', keySpot.line === undefined ? spot : keySpot)
      } else if (entries.has(name)) {
        report.add([...path, name], `${quoted(name)} is written twice here; keep one`, keySpot)
      } else {
        entries.set(name, { key: keySpot, value: read(value, [...path, name], depth + 1, keySpot) })
      }
    }
    return { is: 'map', spot, entries }
  }
  return read(document.contents, [], 0, spotOf(0))
}

function scalarOf(value: unknown): string | number | boolean | null {
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return plain ? value : null
}
