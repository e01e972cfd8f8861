#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { carriedNode, isRecent, runInstead, tooOld } from './node.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (isRecent()) await start()
else startElsewhere()

function startElsewhere() {
  const node = carriedNode(root)
  if (node !== null) return runInstead(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)])
  process.stderr.write(`${tooOld()}\n`)
  process.exitCode = 2
}

async function start() {
  muteExperimentalWarnings()
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  // A clone has the sources, the published package what was compiled from them.
  // Not known to a Node that is too old.
  const { resolveAtOnce } = await import('./own-imports.js')
  const [folder, ending] = existsSync(join(root, 'src', 'cli', 'main.ts')) ? ['src', '.ts'] : ['lib', '.js']
  resolveAtOnce(join(root, folder), ending)
  const { main } = await import(pathToFileURL(join(root, folder, 'cli', `main${ending}`)).href)
  process.exitCode = await main(process.argv.slice(2))
}

// They speak to whoever chose the feature, which is us, not to whoever runs the command. All other warnings stay.
function muteExperimentalWarnings() {
  const emit = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type
    if ((type ?? warning?.name) !== 'ExperimentalWarning') emit.call(process, warning, ...rest)
  }
}
