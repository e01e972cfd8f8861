import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, type Peer, pinned, stopProcess } from './process.ts'

const run = promisify(execFile)

/** A proxy that is not ours, as its configuration for one worker reads. */
type Program = {
  readonly command: string
  /** Says its version. */
  readonly version: readonly string[]
  readonly file: string
  readonly configuration: (at: { port: number; upstream: string; auth: string; folder: string }) => string
  readonly run: (file: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const nginx = (locations: (at: { upstream: string; auth: string }) => string): Program => ({
  command: 'nginx',
  version: ['-v'],
  file: 'nginx.conf',
  run: (file) => ['-c', file],
  configuration: ({ port, upstream, auth, folder }) => `
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log crit;
events { worker_connections 8000; }
http {
  access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream orders { server ${new URL(upstream).host}; keepalive 128; keepalive_requests 100000000; }
  upstream keys { server ${auth === '' ? '127.0.0.1:9' : new URL(auth).host}; keepalive 128; keepalive_requests 100000000; }
  proxy_http_version 1.1; proxy_set_header Connection "";
  server { listen 127.0.0.1:${port} backlog=4096; ${locations({ upstream, auth })} }
}`,
})

const PROGRAMS = {
  nginx: nginx(() => 'location / { proxy_pass http://orders; }'),
  'nginx auth_request': nginx(
    () => `location / { auth_request /decision; proxy_pass http://orders; }
    location = /decision { internal; proxy_pass http://keys; proxy_pass_request_body off; proxy_set_header Content-Length ""; }`,
  ),
  haproxy: {
    command: 'haproxy',
    version: ['-v'],
    file: 'haproxy.cfg',
    run: (file) => ['-f', file],
    configuration: ({ port, upstream }) => `
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend all
  bind 127.0.0.1:${port}
  default_backend orders
backend orders
  server one ${new URL(upstream).host}
`,
  },
  caddy: {
    command: 'caddy',
    version: ['version'],
    file: 'Caddyfile',
    run: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    env: { GOMAXPROCS: '1' },
    configuration: ({ port, upstream }) => `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy ${upstream}
}
`,
  },
} as const satisfies Record<string, Program>

export type ProgramName = keyof typeof PROGRAMS

/** What a program says of its version; null where it is not installed (`apt-get install nginx-light haproxy caddy`). */
export async function versionOf(name: ProgramName): Promise<string | null> {
  const { command, version } = PROGRAMS[name]
  const said = await run(command, [...version]).catch(() => null)
  return said === null ? null : (/\d+\.\d+\.\d+/.exec(said.stdout + said.stderr)?.[0] ?? '?')
}

/** Starts a proxy of the system's packages with one worker on some cores. @param auth of the service that knows keys */
export async function startProgram(name: ProgramName, upstream: string, auth: string, cores: string): Promise<Peer> {
  const program: Program = PROGRAMS[name]
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const port = await freePort()
  const file = join(folder, program.file)
  writeFileSync(file, program.configuration({ port, upstream, auth, folder }))
  const [command = '', ...rest] = [...pinned(cores), program.command, ...program.run(file)]
  const env = { PATH: process.env.PATH, HOME: folder, ...program.env }
  const child = spawn(command, rest, { env, stdio: ['ignore', 'ignore', 'ignore'] })
  const url = `http://127.0.0.1:${port}`
  await answers(url, () => child.exitCode)
  const stop = async () => {
    await stopProcess(child)
    rmSync(folder, { recursive: true, force: true })
  }
  return { process: child, url, stop }
}

async function answers(url: string, ended: () => number | null): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (ended() !== null) throw new Error(`${url} ended with ${ended()} before it answered`)
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`${url} does not answer`)
}
