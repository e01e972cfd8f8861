import { execFile } from 'node:child_process'
import { fileOf } from './backends.ts'

/** What one run of curl answered; a code other than 0 is one of curl's own. */
export type CurlAnswer = { readonly code: number; readonly stdout: string; readonly stderr: string }

/**
 * Runs curl as a reader of the documents would, without the settings of whoever runs the tests. Ask `canUse.curl` first.
 *
 * @param args what follows `curl`; `-b jar -c jar` keeps cookies in a file
 * @param options.cwd where its files are
 * @example await curl(['-b', 'jar', '-c', 'jar', `${url}/v1/sessions`], { cwd: world.dataDir })
 */
export function curl(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<CurlAnswer> {
  return new Promise((resolve, reject) => {
    execFile(fileOf('curl'), ['--disable', '--silent', '--show-error', ...args], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}
