// npm run build: the package as it is published, in dist. `npm pack ./dist` makes the file to install.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { compiled, EXPORTS, publishedManifest } from './published-manifest.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
/** The folder, below lib, of what several entries share. */
const SHARED = 'shared'

const STEPS = [clean, declareTypes, bundle, copyAssets, copyDocuments, writeManifest, lookForEveryExport]
for (const step of STEPS) await step()
console.log('built dist')

function clean(): void {
  rmSync(dist, { recursive: true, force: true })
}

function declareTypes(): void {
  const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) stop('the sources do not compile')
}

// To load a thousand small files costs half of a start and a sixth of the memory. What several entries share is a chunk of
// its own, so that none of it is there twice.
async function bundle(): Promise<void> {
  const made = await rolldown({ input: entries(), platform: 'node', cwd: root, external: isPackage, treeshake: false })
  const { output } = await made.write({
    dir: join(dist, 'lib'),
    format: 'esm',
    sourcemap: true,
    chunkFileNames: `${SHARED}/[name].js`,
  })
  await made.close()
  for (const { fileName, type } of output) if (type === 'chunk') lookForFilesBesideIt(fileName)
}

// What the bundler writes for syntax that must not stand in a page is its own, and goes in.
function isPackage(name: string): boolean {
  return /^[^./]/.test(name) && !name.startsWith('@oxc-project/')
}

/** What is started by its own name: exports, the command, threads. */
function entries(): Record<string, string> {
  const threads = globSync('**/*{-thread,thread-entry}.ts', { cwd: join(root, 'src') })
  const started = [...EXPORTS.map(([, source]) => source), 'cli/main.ts']
  return Object.fromEntries([
    ...started.map((source) => [source.replace(/\.ts$/, ''), join(root, 'src', source)]),
    ...threads.map((source) => [`${SHARED}/${basename(source, '.ts')}`, join(root, 'src', source)]),
  ])
}

// The sources name threads and assets as they lie beside them; here both lie beside the chunks.
function lookForFilesBesideIt(fileName: string): void {
  const isShared = dirname(fileName) === SHARED
  if (!isShared && readFileSync(join(dist, 'lib', fileName), 'utf8').includes('new URL(`./')) {
    stop(`${fileName} names a file beside it; move what does so to where several entries share it`)
  }
}

// What the sources read at run time.
function copyAssets(): void {
  for (const file of globSync('**/assets/*.{css,js,svg}', { cwd: join(root, 'src') })) {
    const target = join(dist, 'lib', SHARED, 'assets', basename(file))
    if (existsSync(target)) stop(`two assets are called ${basename(file)}`)
    cpSync(join(root, 'src', file), target)
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
