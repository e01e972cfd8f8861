import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileOf } from './backends.ts'
import { keep, type User } from './keeper.ts'
import { apacheModules } from './programs.ts'
import { type PrivateServer, startServer } from './server.ts'

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'alias', 'headers', 'auth_openidc']
// Root lends it the user "nobody", as it does to other servers.
const user: User = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null

/**
 * Starts an Apache with mod_auth_openidc on a free port of the loopback interface. Ask `canUse.apache` first.
 *
 * @param linesFor what its file says beside the usual, once its address is known
 * @example await startApache(async (url) => ['<Location /private>', 'AuthType openid-connect', …])
 */
export function startApache(linesFor: (url: string) => Promise<readonly string[]>): Promise<PrivateServer> {
  const urlOf = (port: number) => `http://127.0.0.1:${port}`
  return startServer({
    name: 'apache',
    url: urlOf,
    prepare: async (directory) => {
      await mkdir(join(directory, 'files'))
      if (user !== null) await chown(directory, user.uid, user.gid)
    },
    run: async (directory, port) => {
      const lines = [...usual(directory, port), ...(await linesFor(urlOf(port)))]
      await writeFile(join(directory, 'httpd.conf'), `${lines.join('\n')}\n`)
      const args = ['-f', join(directory, 'httpd.conf'), '-D', 'FOREGROUND', ...apacheModules(...MODULES)]
      return keep({ line: [fileOf('apache'), ...args], directory, user, signal: 'TERM' })
    },
    answers: (url) =>
      fetch(url, { redirect: 'manual' }).then(
        () => true,
        () => false,
      ),
  })
}

function usual(directory: string, port: number): string[] {
  return [
    `ServerRoot ${directory}`,
    `DefaultRuntimeDir ${directory}`,
    `PidFile ${directory}/pid`,
    'ErrorLog /dev/stderr',
    `Mutex file:${directory}`,
    `Listen 127.0.0.1:${port}`,
    `ServerName 127.0.0.1:${port}`,
    `DocumentRoot ${directory}/files`,
    'StartServers 1',
    'ServerLimit 1',
    'ThreadsPerChild 8',
    'MaxRequestWorkers 8',
  ]
}
