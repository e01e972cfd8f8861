// Plain JavaScript without dependencies: it has to work on a Node that is too old for the rest.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

const OLDEST = [24, 12]

/** Whether this version of Node runs Sallyport. */
export function isRecent(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

/** What to tell somebody whose Node is too old. */
export function tooOld(version = process.version) {
  return `Sallyport needs Node >= ${OLDEST.join('.')}; this is ${version}. Get a newer one from https://nodejs.org or your package manager.`
}

/** The Node that the clone's packages carry, or null where there is none for this machine. */
export function carriedNode(root) {
  const file = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  return existsSync(file) ? file : null
}

/** Runs a program in our place: same input and output, signals passed on, same end. */
export function runInstead(program, parameters, env = process.env) {
  const child = spawn(program, parameters, { stdio: 'inherit', env })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  // A terminal sends Ctrl-C to both of us; a second one would ask the program to hurry.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(child)
  child.on('error', (error) => {
    process.stderr.write(`${program}: ${error.message}\n`)
    process.exit(127)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

// npm passes a signal on to the shell it started, and some shells end without passing it on to us.
function endWithParent(child) {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 200).unref()
}
