// Writes docs/configuration.md from the schema; with --check only tells (exit code 1) whether it is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderConfigurationDoc } from '../src/config/index.ts'

const file = fileURLToPath(new URL('../docs/configuration.md', import.meta.url))
const wanted = renderConfigurationDoc()

if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, wanted)
} else if (readOrNothing() !== wanted) {
  console.error('docs/configuration.md is out of date: run node scripts/docs-config.ts')
  process.exitCode = 1
}

function readOrNothing(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
