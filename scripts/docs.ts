// Writes the pages that are made from the sources; with --check only tells (exit code 1) which are out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { renderConfigurationDoc } from '../src/config/index.ts'
import { allEvents, allProblems } from '../src/server/index.ts'
import { renderEventsDoc } from './docs/events.ts'
import { renderProblemsDoc } from './docs/problems.ts'

const PAGES: readonly (readonly [file: string, render: () => string])[] = [
  ['docs/configuration.md', renderConfigurationDoc],
  ['docs/problems.md', () => renderProblemsDoc(allProblems)],
  ['docs/events.md', () => renderEventsDoc(allEvents)],
]

const root = new URL('..', import.meta.url)
const stale = PAGES.filter(([file, render]) => readOrNothing(file) !== render())

if (!process.argv.includes('--check')) for (const [file, render] of stale) writeFileSync(pathOf(file), render())
else {
  for (const [file] of stale) console.error(`${file} is out of date: run npm run docs`)
  process.exitCode = stale.length === 0 ? 0 : 1
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(pathOf(file), 'utf8')
  } catch {
    return ''
  }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, root))
}
