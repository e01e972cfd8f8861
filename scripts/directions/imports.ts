import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** One relative import, export-from, `import()` or `import('…').Type` of a file. */
export type Import = {
  readonly file: string
  readonly line: number
  /** The imported file, from the root of the repository. */
  readonly target: string
  /** Nothing of it is left when types are stripped. */
  readonly typeOnly: boolean
  /** It happens while the importing file loads. */
  readonly atLoad: boolean
  /** `export *`, with or without a name. */
  readonly everything: boolean
}

type Found = Omit<Import, 'file' | 'line' | 'target'> & { readonly source: string; readonly start: number }

/** Every import in `files` that leads to another file of the repository. */
export function importsOf(root: string, files: readonly string[]): Import[] {
  const known = new Set(files)
  return files.flatMap((file) => importsOfFile(root, file, known))
}

function importsOfFile(root: string, file: string, known: ReadonlySet<string>): Import[] {
  const text = readFileSync(posix.join(root, file), 'utf8')
  return findImports(file, text)
    .filter(({ source }) => source.startsWith('.'))
    .map(({ source, start, ...rest }) => ({
      ...rest,
      file,
      line: text.slice(0, start).split('\n').length,
      target: resolve(file, source, known),
    }))
}

/** Every import in the text of a file, of our own files and of packages. */
export function findImports(file: string, text: string): Found[] {
  const { program, errors } = parseSync(file, text, { astType: 'ts' })
  const [error] = errors
  if (error !== undefined) throw new Error(`${file} cannot be read: ${error.message}`)
  const found: Found[] = []
  const add = (source: unknown, start: number, how: Partial<Found> = {}) => {
    if (typeof source !== 'string') return
    found.push({ source, start, typeOnly: false, atLoad: true, everything: false, ...how })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.start, { typeOnly: node.importKind === 'type' }),
    ExportNamedDeclaration: (node) => add(node.source?.value, node.start, { typeOnly: node.exportKind === 'type' }),
    ExportAllDeclaration: (node) =>
      add(node.source.value, node.start, { typeOnly: node.exportKind === 'type', everything: true }),
    ImportExpression: (node) => add('value' in node.source && node.source.value, node.start, { atLoad: false }),
    TSImportType: (node) => add(node.source.value, node.start, { typeOnly: true }),
  }).visit(program)
  return found
}

// A compiled name or one without an ending means the source beside it.
function resolve(file: string, source: string, known: ReadonlySet<string>): string {
  const path = posix.join(posix.dirname(file), source)
  const candidates = [path, path.replace(/\.(m?)js$/, '.$1ts'), `${path}.ts`, `${path}/index.ts`]
  return candidates.find((candidate) => known.has(candidate)) ?? path
}
