import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What a git of somebody else's making could be told by its surroundings, and must not be. */
const NOT_PASSED_ON = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_EXTERNAL_DIFF',
])
// Reading must not fetch, ask, write, or run a program that the repository names.
const ENVIRONMENT = {
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_PAGER: 'cat',
  LC_ALL: 'C',
}
const SETTINGS = ['core.fsmonitor=false', 'log.showSignature=false', 'log.showRoot=true', 'core.quotePath=false']

export type Git = {
  readonly process: ChildProcessWithoutNullStreams
  /** @throws with git's own words when it did not end well */
  readonly ended: () => Promise<void>
}

/** Starts git in a folder. */
export function startGit(folder: string, args: readonly string[]): Git {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.has(name))
  const child = spawn('git', ['-C', folder, ...SETTINGS.flatMap((setting) => ['-c', setting]), ...args], {
    env: { ...Object.fromEntries(inherited), ...ENVIRONMENT },
  })
  // A git that ended early has not read what it was told; its exit code tells more than the broken pipe.
  child.stdin.on('error', () => undefined)
  const words = text(child.stderr)
  const end = new Promise<number | null | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', resolve)
  })
  const ended = async () => {
    const code = await end
    if (code instanceof Error) throw code
    if (code !== 0) throw new Error((await words).trim().split('\n').at(-1) || `git ended with ${code}`)
  }
  return { process: child, ended }
}

/** One answer of git, or null when it refused or is not there. */
export async function askGit(folder: string, args: readonly string[]): Promise<string | null> {
  const git = startGit(folder, args)
  git.process.stdin.end()
  const answer = await text(git.process.stdout)
  return git.ended().then(
    () => answer.trim(),
    () => null,
  )
}

/** Whether a path is itself the top of a repository: a work tree with its `.git`, or a bare one. */
export async function isRepository(path: string): Promise<boolean> {
  if (await exists(join(path, '.git'))) return true
  return (await exists(join(path, 'HEAD'))) && (await exists(join(path, 'objects'))) && exists(join(path, 'refs'))
}

/** The folder to start git in: the path, or for a file the folder that it lies in. */
export async function folderOf(path: string): Promise<string> {
  const kind = await stat(path).catch(() => null)
  return kind?.isDirectory() === false ? dirname(path) : path
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
