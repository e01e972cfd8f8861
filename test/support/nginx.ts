import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileOf } from './backends.ts'
import { keep, type User } from './keeper.ts'
import { type PrivateServer, startServer } from './server.ts'

// Root lends it the user "nobody", as it does to other servers.
const user: User = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null

/**
 * Starts an nginx on a free port of the loopback interface. Ask `canUse.nginx` first.
 *
 * @param configFor its file, once its port is known; what it writes to disk is put into its own folder
 */
export function startNginx(configFor: (port: number) => string): Promise<PrivateServer> {
  return startServer({
    name: 'nginx',
    url: (port) => `http://127.0.0.1:${port}`,
    prepare: async (directory) => {
      await mkdir(join(directory, 'temp'))
      if (user === null) return
      await chown(directory, user.uid, user.gid)
      await chown(join(directory, 'temp'), user.uid, user.gid)
    },
    run: async (directory, port) => {
      const file = join(directory, 'nginx.conf')
      await writeFile(file, inside(directory, configFor(port)))
      const line = [fileOf('nginx'), '-p', directory, '-c', file, '-e', 'stderr', '-g', globals(directory)] as const
      return keep({ line, directory, user, signal: 'TERM' })
    },
    answers: (url) =>
      fetch(url).then(
        () => true,
        () => false,
      ),
  })
}

function globals(directory: string): string {
  return `daemon off; worker_processes 1; pid ${directory}/pid; error_log stderr;`
}

function inside(directory: string, config: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = kinds.map((kind) => `${kind}_temp_path ${directory}/temp/${kind};`)
  return config.replace('http {', `http {\n  access_log off;\n  ${paths.join('\n  ')}\n`)
}
