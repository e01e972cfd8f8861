// npm run build: the package as it is published, in dist. `npm pack ./dist` makes the file to install.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiled, EXPORTS, publishedManifest } from './published-manifest.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

const STEPS = [clean, compile, copyAssets, copyDocuments, writeManifest, lookForEveryExport]
for (const step of STEPS) step()
console.log('built dist')

function clean(): void {
  rmSync(dist, { recursive: true, force: true })
}

function compile(): void {
  const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) stop('the sources do not compile')
}

// What the sources read at run time and tsc leaves behind.
function copyAssets(): void {
  for (const file of globSync('**/*.{css,html,json,sql,svg,yaml}', { cwd: join(root, 'src') })) {
    cpSync(join(root, 'src', file), join(dist, 'lib', file))
  }
}

function copyDocuments(): void {
  for (const name of ['bin', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    if (!existsSync(join(root, name))) stop(`${name} is missing`)
    cpSync(join(root, name), join(dist, name), { recursive: true, filter: (file) => !file.endsWith('.test.ts') })
  }
}

function writeManifest(): void {
  const manifest = publishedManifest(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

function lookForEveryExport(): void {
  for (const [subpath, source] of EXPORTS) {
    const file = compiled(source, 'js')
    if (!existsSync(join(dist, file))) stop(`the export "${subpath}" leads to ${file}, which is missing`)
  }
}

function stop(sentence: string): never {
  console.error(`build: ${sentence}`)
  process.exit(1)
}
