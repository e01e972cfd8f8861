import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { fileOf } from './backends.ts'
import { within } from './keeper.ts'

const run = promisify(execFile)
const PATIENCE = 15_000

/** An oidc-agent of a test's own, with its commands. */
export type OidcAgent = {
  /** Has it get an account by the device flow. @returns the code for the person, and how it ends: 0 where all is well */
  readonly generate: (args: readonly string[]) => Promise<{ code: string; done: Promise<number> }>
  /** An access token of an account. */
  readonly token: (account: string, args?: readonly string[]) => Promise<string>
  readonly close: () => void
}

/** Starts one that keeps all that it has in a folder. Ask `canUse.oidcAgent` first. */
export async function openOidcAgent(folder: string): Promise<OidcAgent> {
  const programs = dirname(fileOf('oidcAgent'))
  const socket = join(folder, 'agent.socket')
  const env = { ...process.env, HOME: folder, OIDC_SOCK: socket, OIDC_ENCRYPTION_PW: 'of the test' }
  const agent = spawn(fileOf('oidcAgent'), ['--console', '-a', socket], { env, stdio: 'ignore' })
  const isThere = () =>
    access(socket).then(
      () => true,
      () => false,
    )
  if (!(await within(PATIENCE, isThere))) throw new Error('oidc-agent does not start')
  return Object.freeze({
    generate: async (args) => {
      const headless = ['--pw-env', '--flow=device', '--prompt=none', '--confirm-yes', '--no-url-call']
      const child = spawn(join(programs, 'oidc-gen'), [...headless, ...args], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const done = once(child, 'exit').then(([code]) => Number(code))
      return { code: await codeIn(child.stderr), done }
    },
    token: async (account, args = []) =>
      (await run(join(programs, 'oidc-token'), [...args, account], { env })).stdout.trim(),
    close: () => void agent.kill(),
  } satisfies OidcAgent)
}

/** The code that it shows; it reads on, so that the program is not kept from writing. */
async function codeIn(words: Readable): Promise<string> {
  let said = ''
  for await (const part of words.iterator({ destroyOnReturn: false })) {
    said += String(part)
    const code = /enter the code: (\S+)/.exec(said)?.[1]
    if (code === undefined) continue
    words.resume()
    return code
  }
  throw new Error(`oidc-gen shows no code: ${said}`)
}
