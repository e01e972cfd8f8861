// node scripts/ready.mjs COMMAND [ARGUMENTS]: makes ready what a clone lacks, then runs the command under the right Node.
// Plain JavaScript: in a fresh clone the machine's own Node runs it, and that may be version 20.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { carriedNode, isRecent, runInstead, tooOld } from '../bin/node.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const nodePackage = `node_modules/node-${process.platform}-${process.arch}`
const [command, ...parameters] = process.argv.slice(2)

if (command === undefined) fail('usage: node scripts/ready.mjs COMMAND [ARGUMENTS]')
if (!isInstalled()) install()
const node = carriedNode(root) ?? (isRecent() ? process.execPath : fail(tooOld()))
const bin = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: [bin, dirname(node), process.env.PATH].join(delimiter) }
if (/\.(ts|m?js)$/.test(command)) runInstead(node, [join(root, command), ...parameters], env)
else runInstead(join(bin, command), parameters, env)

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}

// npm leaves in node_modules the part of the lock file that it installed. Dates would not do: git sets them as it likes.
// Optional packages may be absent, since most are for other machines; the Node that we need may not.
function isInstalled() {
  const wanted = packagesOf('package-lock.json') ?? {}
  const present = packagesOf(join('node_modules', '.package-lock.json'))
  if (present === null || (lacksNode() && nodePackage in wanted)) return false
  return Object.entries(wanted).every(([path, lock]) => {
    const found = present[path]
    if (path === '' || lock.link) return true
    if (found === undefined) return lock.optional === true
    return found.version === lock.version && found.integrity === lock.integrity
  })
}

function lacksNode() {
  return !isRecent() && carriedNode(root) === null
}

function packagesOf(lockFile) {
  const file = join(root, lockFile)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null
}

// Everything npm says goes to stderr, since the command's own output may be read by a program.
function install() {
  process.stderr.write('Installing packages; this takes about half a minute.\n')
  const npm = process.env.npm_execpath === undefined ? ['npm'] : [process.execPath, process.env.npm_execpath]
  const [program, ...before] = npm
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync(program, [...before, ...options], { cwd: root, stdio: ['ignore', 2, 2] })
  if (error !== undefined || status !== 0) fail('The packages could not be installed; npm says why above.')
}
