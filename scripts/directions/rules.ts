import type { Import } from './imports.ts'
import { type Allowed, allowedEdges, BESIDE } from './table.ts'

type Rule = (edge: Import) => string | null

const edges = allowedEdges()
const beside = new Set(BESIDE.map(([folder]) => folder))

/** The rules each import is held against, in this order; the first one broken is reported. */
const RULES: readonly Rule[] = [noEverything, testsOnly, noOwnFace, knownModule, allowedEdge, throughTheFace]

/** What is wrong with an import, or null. */
export function brokenRule(edge: Import): string | null {
  for (const rule of RULES) {
    const sentence = rule(edge)
    if (sentence !== null) return sentence
  }
  return null
}

function noEverything({ everything }: Import): string | null {
  return everything ? 'a face is an explicit list, never "export *"' : null
}

function testsOnly({ file, target }: Import): string | null {
  if (isForTests(file) || !isForTests(target)) return null
  if (beside.has(moduleOf(file)) && target.startsWith('test/support/')) return null
  return 'only tests import tests and testing.ts'
}

function noOwnFace({ file, target }: Import): string | null {
  const module = moduleOf(file)
  if (isForTests(file) || target !== `src/${module}/index.ts`) return null
  return `${module} does not import its own index; import the file that has it`
}

function knownModule({ file, target }: Import): string | null {
  const unknown = [file, target].map(moduleOf).find((module) => !edges.has(module))
  return unknown === undefined ? null : `"${unknown}" is not in the table of edges (scripts/directions/table.ts)`
}

function allowedEdge({ file, target, typeOnly }: Import): string | null {
  const [from, to] = [moduleOf(file), moduleOf(target)]
  if (from === to || (isForTests(file) && target.startsWith('test/support/'))) return null
  const allowed: Allowed = edges.get(from) ?? new Map()
  const edge = allowed.get(to)
  if (edge !== undefined && (typeOnly || !edge.typesOnly)) return null
  return `${from} may import ${listOf(allowed)}, not ${to}`
}

function throughTheFace({ file, target }: Import): string | null {
  const module = moduleOf(target)
  if (!target.startsWith('src/') || module === 'package' || module === moduleOf(file)) return null
  const faces = isForTests(file) ? ['index.ts', 'testing.ts'] : ['index.ts']
  if (faces.some((face) => target === `src/${module}/${face}`)) return null
  return `${module} is entered through src/${module}/index.ts alone`
}

/** The module a file belongs to: a folder in src, "package" for files directly in src, else the folder beside src. */
function moduleOf(file: string): string {
  const [top = '', second = '', ...deeper] = file.split('/')
  if (top !== 'src') return top
  return deeper.length === 0 ? 'package' : second
}

function isForTests(file: string): boolean {
  return file.startsWith('test/') || /(^|\/)testing(\.ts$|\/)|\.test\.tsx?$/.test(file)
}

function listOf(allowed: Allowed): string {
  const names = [...allowed].map(([name, { typesOnly }]) => (typesOnly ? `types of ${name}` : name))
  return names.length === 0 ? 'no other module' : names.join(', ')
}

/** The folders whose files are read. */
export const FOLDERS: readonly string[] = ['src', ...beside]
