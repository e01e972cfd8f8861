import { resolve } from 'node:path'
import type { Environment, KeyFinder } from '../../keys/index.ts'
import { keys } from '../loaded.ts'
import { UsageError } from '../usage.ts'
import { type LookedAt, lookThrough, lookThroughStream } from './files.ts'
import { type Finding, findingOf } from './finding.ts'
import { askGit, folderOf, isRepository } from './git.ts'
import { lookThroughHistory } from './history.ts'

export type ScanWishes = {
  readonly paths: readonly string[]
  readonly brand: string
  readonly environments: ReadonlySet<Environment>
  /** `auto` looks through the history of each path that is a repository. */
  readonly git: 'auto' | 'yes' | 'no'
  readonly all: boolean
  /** Findings that are known and accepted, by fingerprint. */
  readonly known: ReadonlySet<string>
  /** Told in a few words what is being done. */
  readonly progress: (words: string) => void
  readonly stdin: AsyncIterable<Buffer>
}

export type ScanReport = {
  readonly findings: readonly Finding[]
  /** How many findings were left out because the baseline holds them. */
  readonly known: number
  readonly scanned: { readonly files: number; readonly objects: number; readonly bytes: number }
  readonly unread: readonly { readonly path: string; readonly reason: string }[]
  /** What somebody who relies on the result should know, such as a history that is not all there. */
  readonly remarks: readonly string[]
}

type Sum = {
  findings: Finding[]
  files: number
  objects: number
  bytes: number
  unread: { path: string; reason: string }[]
  remarks: string[]
  seen: Set<string>
}

/**
 * Finds keys of ours in files and in the history of repositories (row K20), on this machine alone: no store, no
 * configuration, no network.
 */
export async function scan(wishes: ScanWishes): Promise<ScanReport> {
  const { createKeyFinder } = await keys()
  const finder = createKeyFinder(wishes.brand)
  const sum: Sum = { findings: [], files: 0, objects: 0, bytes: 0, unread: [], remarks: [], seen: new Set() }
  for (const path of wishes.paths) {
    if (path === '-') await scanStdin(wishes, finder, sum)
    else {
      const repository = await repositoryOf(path, wishes, sum)
      await scanFiles(path, wishes, finder, sum)
      if (repository !== null) await scanHistory(repository, wishes, finder, sum)
    }
  }
  const wanted = sum.findings.filter(({ environment }) => wishes.environments.has(environment))
  const findings = wanted.filter(({ fingerprint }) => !wishes.known.has(fingerprint))
  const { files, objects, bytes, unread, remarks } = sum
  return { findings, known: wanted.length - findings.length, scanned: { files, objects, bytes }, unread, remarks }
}

async function scanStdin({ stdin }: ScanWishes, finder: KeyFinder, sum: Sum): Promise<void> {
  const looked = await lookThroughStream(stdin, finder)
  addFile(sum, { ...looked, path: '(stdin)', inside: '(stdin)' })
}

async function scanFiles(path: string, wishes: ScanWishes, finder: KeyFinder, sum: Sum): Promise<void> {
  for await (const looked of lookThrough(path, finder, wishes)) {
    addFile(sum, looked)
    wishes.progress(`${sum.files} files, ${sum.findings.length} keys: ${looked.path}`)
  }
}

function addFile(sum: Sum, looked: LookedAt): void {
  const { path, inside } = looked
  if ('unread' in looked) {
    sum.unread.push({ path, reason: looked.unread })
    return
  }
  sum.files++
  sum.bytes += looked.bytes
  for (const hit of looked.hits) {
    add(sum, findingOf(hit, { place: 'file', path, inside, commit: null, authorDate: null }))
  }
}

async function scanHistory(root: string, wishes: ScanWishes, finder: KeyFinder, sum: Sum): Promise<void> {
  const tell = (objects: number) => wishes.progress(`${objects} objects of the history of ${root}`)
  const history = await lookThroughHistory(root, finder, tell).catch((error: Error) => {
    throw new UsageError(`The history of ${root} cannot be read: ${error.message}`)
  })
  sum.objects += history.objects
  sum.bytes += history.bytes
  for (const finding of history.findings) add(sum, finding)
  if (history.missing > 0) {
    sum.remarks.push(
      `${root}: ${history.missing} objects of the history are not in this clone and were not looked through.`,
    )
  }
  if ((await askGit(root, ['rev-parse', '--is-shallow-repository'])) === 'true') {
    sum.remarks.push(`${root}: the clone is shallow, so older commits were not looked through (git fetch --unshallow).`)
  }
}

// The same place may be reached by two of the paths.
function add(sum: Sum, finding: Finding): void {
  const { path, line, column, commit, place, keyId } = finding
  const name = [place, resolve(path), line, column, commit, keyId].join('\n')
  if (sum.seen.has(name)) return
  sum.seen.add(name)
  sum.findings.push(finding)
}

/** The folder whose history is to be looked through, or null for none. */
async function repositoryOf(path: string, { git }: ScanWishes, sum: Sum): Promise<string | null> {
  if (git === 'no') return null
  if (git === 'auto' && !(await isRepository(path))) return null
  const folder = await folderOf(path)
  if ((await askGit(folder, ['--version']).catch(() => null)) === null) return withoutGit(path, git, sum)
  const top = (await askGit(folder, ['rev-parse', '--show-toplevel'])) || (await bare(folder))
  if (top === null) return notOne(path, folder, git, sum)
  return resolve(top) === resolve(folder) ? folder : top
}

async function bare(folder: string): Promise<string | null> {
  return (await askGit(folder, ['rev-parse', '--is-bare-repository'])) === 'true' ? folder : null
}

function withoutGit(path: string, git: ScanWishes['git'], sum: Sum): null {
  if (git === 'yes') throw new UsageError('git is not there; install it, or scan the files alone with --no-git')
  sum.remarks.push(`${path}: its history was not looked through, because git is not there.`)
  return null
}

async function notOne(path: string, folder: string, git: ScanWishes['git'], sum: Sum): Promise<null> {
  const why = `git finds no repository it may read at ${folder} (run git -C ${folder} status to see why)`
  if (git === 'yes') throw new UsageError(`The history of ${path} cannot be looked through: ${why}`)
  sum.remarks.push(`${path}: its history was not looked through: ${why}.`)
  return null
}
