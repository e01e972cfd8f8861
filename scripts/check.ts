// npm run check: everything that can be said about the sources without running them.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CHECKS: readonly (readonly [name: string, command: string, ...parameters: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['lint and format', 'biome', 'ci', '--colors=off', '--error-on-warnings', '.'],
  ['directions', 'node', 'scripts/check-directions.ts'],
  ['generated pages', 'node', 'scripts/docs.ts', '--check'],
  ['dependencies', 'node', 'scripts/check-dependencies.ts'],
  ['lock file', 'node', 'scripts/check-lockfile.ts'],
]

const root = fileURLToPath(new URL('..', import.meta.url))
const outcomes = await Promise.all(CHECKS.map(run))
for (const { name, good, output } of outcomes) {
  console.log(`${good ? 'good' : 'BAD '} ${name}`)
  if (!good) console.log(output.replace(/^/gm, '     '))
}
process.exitCode = outcomes.every(({ good }) => good) ? 0 : 1

type Outcome = { readonly name: string; readonly good: boolean; readonly output: string }

function run([name, command, ...parameters]: (typeof CHECKS)[number]): Promise<Outcome> {
  const child = spawn(command, parameters, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ name, good: false, output: error.message }))
    child.on('close', (code) => resolve({ name, good: code === 0, output: output.trimEnd() }))
  })
}
