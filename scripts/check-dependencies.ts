// node scripts/check-dependencies.ts: fails when what is published needs a package that it does not bring, or when a
// dependency has no reason written down.
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findImports } from './directions/imports.ts'

type Kind = 'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies'
type Manifest = Readonly<Record<Kind, Record<string, string>>>

/** What is wrong with the dependencies of the repository at `root`: a line each. */
export function checkDependencies(root: string): readonly string[] {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  const manifest: Partial<Manifest> = JSON.parse(read('package.json'))
  const files = globSync('src/**/*.ts', { cwd: root }).filter(isPublished).sort()
  const undeclared = files.flatMap((file) =>
    packagesIn(file, read(file))
      .filter((name) => !(name in { ...manifest.dependencies, ...manifest.peerDependencies }))
      .map((name) => `${file} imports ${name}, which is not among the dependencies in package.json`),
  )
  return [...undeclared, ...withoutReason(manifest, read('docs/dependencies.md'))]
}

function isPublished(file: string): boolean {
  return !/\.test\.ts$|(^|\/)testing(\.ts$|\/)/.test(file)
}

function packagesIn(file: string, text: string): string[] {
  const sources = findImports(file, text).map(({ source }) => source)
  const names = sources.filter((source) => !source.startsWith('.') && !isBuiltin(source)).map(packageOf)
  return [...new Set(names)]
}

function packageOf(source: string): string {
  return source.split('/', source.startsWith('@') ? 2 : 1).join('/')
}

function withoutReason(manifest: Partial<Manifest>, document: string): string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter((name) => !document.includes(`\`${name}\``))
    .map((name) => `docs/dependencies.md does not say why ${name}`)
}

if (import.meta.main) {
  const findings = checkDependencies(fileURLToPath(new URL('..', import.meta.url)))
  for (const line of findings) console.log(line)
  process.exitCode = findings.length === 0 ? 0 : 1
}
