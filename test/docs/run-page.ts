import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatProblem, loadConfig } from '../../src/config/index.ts'
import { differenceOf } from './compare.ts'
import type { Block } from './page.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const ENVIRONMENT = /^(SALLYPORT_[A-Z_]+=.*\n?)+$/

/**
 * Runs a page from top to bottom.
 *
 * @param has whether a service that blocks may need is here
 * @param replace example addresses of services, and what they are here
 * @throws with the place in the page of what is not so
 */
export async function runPage(
  blocks: readonly Block[],
  has: (service: string) => boolean,
  replace: Readonly<Record<string, string>>,
): Promise<void> {
  const terminal = await openTerminal(replace)
  try {
    for (const block of blocks) if (isDue(block, has)) await runBlock(block, terminal)
  } finally {
    await terminal.close()
  }
}

function isDue({ notRun, needs }: Block, has: (service: string) => boolean): boolean {
  return notRun === null && needs.every(has)
}

async function runBlock(block: Block, terminal: Terminal): Promise<void> {
  if (block.stopFirst) await terminal.stop()
  if (block.file !== null) await terminal.save(block.file, block.text)
  if (block.language === 'yaml') return checkConfiguration(block)
  if (block.language === 'json') return checkJson(block)
  if (block.language !== 'sh') return
  if (ENVIRONMENT.test(block.text)) await checkEnvironment(block)
  if (block.keepsRunning === null) return runCommands(block, terminal)
  compare(block, await terminal.start(block.text, block.keepsRunning))
}

async function runCommands(block: Block, terminal: Terminal): Promise<void> {
  const { output, exit, failed } = await terminal.run(block.text)
  if (exit !== block.exit) throw wrong(block, `it ended with ${exit}, not ${block.exit}`, output)
  if (block.exit === 0 && failed.length > 0) throw wrong(block, `"${failed[0]}" failed`, output)
  compare(block, output)
}

function compare(block: Block, came: string): void {
  if (block.answer === null || block.answer.notRun !== null) return
  const difference = differenceOf(block.answer.language, block.answer.text, came)
  if (difference !== null) throw wrong(block.answer, difference, came)
}

async function checkConfiguration(block: Block): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'))
  try {
    await writeFile(join(folder, 'sallyport.yaml'), block.text)
    const loaded = await loadConfig({ cwd: folder, env: {} })
    const said = loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n').replaceAll(`${folder}/`, '')
    const wanted = block.answer?.language === 'text' ? block.answer.text : ''
    if (said !== wanted) throw wrong(block, 'the configuration is found to be otherwise', said)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function checkEnvironment(block: Block): Promise<void> {
  const pairs = block.text.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string])
  const env = Object.fromEntries(pairs.map(([name, value]) => [name, value.replace(/^'(.*)'$/, '$1')]))
  const loaded = await loadConfig({ cwd: tmpdir(), env })
  if (!loaded.ok) throw wrong(block, 'the environment is refused', loaded.problems.map(formatProblem).join('\n'))
}

function checkJson(block: Block): void {
  try {
    JSON.parse(block.text)
  } catch (error) {
    throw wrong(block, 'this is not JSON', String(error))
  }
}

function wrong({ page, line, text }: Block, difference: string, came: string): Error {
  return new Error(`${page}:${line}: ${difference}\n--- the page has\n${text}\n--- what came\n${came}`)
}
