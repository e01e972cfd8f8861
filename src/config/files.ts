import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Report } from './problem.ts'
import { type Spot, TooMuch, type Tree, treeOf } from './tree.ts'
import { readYaml } from './yaml.ts'

/** The most bytes of a configuration file. */
export const MOST_BYTES = 1024 * 1024

/** Read from the working directory when no file is named. */
const NAMES = ['sallyport.yaml', 'sallyport.config.ts']
/** Meant as ours but not read: whoever wrote one must hear of it. */
const NEARLY = [
  'sallyport.yml',
  'sallyport.json',
  'sallyport.config.js',
  'sallyport.config.mjs',
  'sallyport.config.mts',
]

const READERS: Readonly<Record<string, (file: string, spot: Spot, report: Report) => Promise<Tree | null>>> = {
  '.yaml': readYamlFile,
  '.yml': readYamlFile,
  '.json': readYamlFile,
  '.ts': readModule,
  '.mts': readModule,
  '.js': readModule,
  '.mjs': readModule,
}

/**
 * The configuration file to read.
 *
 * @param named what `--config` or `SALLYPORT_CONFIG` says, relative to `cwd`
 * @returns null when there is none, and that is no mistake or is reported
 */
export function findFile(named: string | undefined, cwd: string, report: Report): string | null {
  if (named !== undefined) return resolve(cwd, named)
  const found = NAMES.filter((name) => existsSync(join(cwd, name)))
  const [first] = found
  if (found.length > 1) {
    const message = `both ${found.join(' and ')} are here; remove one, or say which with --config`
    report.add([], message, { from: 'file', file: join(cwd, NAMES[0] ?? '') })
    return null
  }
  if (first !== undefined) return join(cwd, first)
  const nearly = NEARLY.find((name) => existsSync(join(cwd, name)))
  if (nearly !== undefined) {
    const file = join(cwd, nearly)
    report.add(
      [],
      `a file of this name is not read by itself; call it ${NAMES.join(' or ')}, or name it with --config`,
      { from: 'file', file },
    )
  }
  return null
}

/** Reads a configuration file of any kind. */
export async function readFile(file: string, shown: string, report: Report): Promise<Tree | null> {
  const spot: Spot = { from: 'file', file: shown }
  const read = READERS[extname(file)]
  if (read !== undefined) return await read(file, spot, report)
  report.add(
    [],
    `${basename(file)} is of no kind that is read; it must end in ${Object.keys(READERS).join(', ')}`,
    spot,
  )
  return null
}

async function readYamlFile(file: string, spot: Spot, report: Report): Promise<Tree | null> {
  const text = await readText(file, spot, report)
  return text === null ? null : readYaml(text, spot, report)
}

/** Reads a file whole, never more than the bound, whatever it grows to meanwhile. */
async function readText(file: string, spot: Spot, report: Report): Promise<string | null> {
  const bytes = await readBytes(file).catch(
    (error: NodeJS.ErrnoException) => READ_ERRORS[error.code ?? ''] ?? 'can not be read',
  )
  if (typeof bytes === 'string') {
    report.add([], bytes, spot)
    return null
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    report.add([], 'is not UTF-8 text', spot)
    return null
  }
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a folder, not a file',
}

async function readBytes(file: string): Promise<Buffer | string> {
  await using handle = await open(file, 'r')
  const status = await handle.stat()
  if (status.isDirectory()) return 'is a folder, not a file'
  if (!status.isFile()) return 'is not a plain file'
  const buffer = Buffer.alloc(Math.min(status.size, MOST_BYTES) + 1)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  return bytesRead > MOST_BYTES ? 'is larger than 1 MB' : buffer.subarray(0, bytesRead)
}

/** Imports a module and takes its default export. A module that throws is a mistake in it, told with its own words. */
async function readModule(file: string, spot: Spot, report: Report): Promise<Tree | null> {
  if (!existsSync(file)) {
    report.add([], 'there is no such file', spot)
    return null
  }
  try {
    const module: unknown = await import(pathToFileURL(file).href)
    const value = (module as { default?: unknown }).default
    if (value !== undefined) return treeOf(value, spot)
    report.add([], 'has no default export; write `export default defineConfig({ … })`', spot)
  } catch (error) {
    const why = error instanceof TooMuch ? 'it is too deep, too large, or refers to itself' : firstLine(error)
    report.add([], `could not be loaded: ${why}`, spot)
  }
  return null
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? ''
}
