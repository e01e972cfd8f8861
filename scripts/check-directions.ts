// node scripts/check-directions.ts [ROOT]: fails when an import points where ARCHITECTURE.md does not let it.
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { valueCycles } from './directions/cycles.ts'
import { type Import, importsOf } from './directions/imports.ts'
import { brokenRule, FOLDERS } from './directions/rules.ts'

/** What a look at all imports found: a line for each bad one. */
export type Report = { readonly files: number; readonly imports: number; readonly findings: readonly string[] }

/**
 * Reads every import below `root` and holds it against the table of edges.
 *
 * @example checkDirections('.').findings // ['src/store/open.ts:3 imports src/keys/index.ts: store may import config, core, not keys']
 */
export function checkDirections(root: string): Report {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx,mts,js,mjs}`, { cwd: root }))
    .filter((file) => !file.includes('node_modules/'))
    .sort()
  const imports = importsOf(root, files)
  const findings = [...imports.flatMap(wrongEdge), ...valueCycles(imports).map(cycleLine)]
  if (!files.some((file) => file.startsWith('src/')))
    findings.push('no file in src was seen: is this the right folder?')
  return { files: files.length, imports: imports.length, findings }
}

function wrongEdge(edge: Import): string[] {
  const sentence = brokenRule(edge)
  return sentence === null ? [] : [`${edge.file}:${edge.line} imports ${edge.target}: ${sentence}`]
}

function cycleLine(cycle: readonly Import[]): string {
  const [first] = cycle
  const way = [...cycle.map(({ file }) => file), first?.file].join(' → ')
  return `${first?.file}:${first?.line} imports ${first?.target}: they wait for each other: ${way}`
}

if (import.meta.main) {
  const { files, imports, findings } = checkDirections(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
  for (const line of findings) console.log(line)
  console.log(`${files} files, ${imports} imports, ${findings.length} against the directions`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
