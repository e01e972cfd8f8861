import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/index.ts'
import { parseAddress, type Request, Secret, systemClock } from '../../src/core/index.ts'
import { atLeast, type Figure, figure } from '../result.ts'
import { openKeysForBench } from '../system.ts'

const ROUNDS = 7
const CHECKS = 300_000
const PASSWORD = 'correct horse battery staple'

/** A request's session found in the process: cookie read, token hashed, session looked up, its rules asked. */
export async function benchSessions(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const loaded = await loadConfig({ cwd: data, env: {}, overrides: { data } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { system, caller } = await openKeysForBench(loaded.value, systemClock)
  const { identity } = system
  try {
    const token = await signIn()
    const request = requestWith(`theme=dark; __Host-sallyport_session=${token}`)
    if ((await identity.authenticator.authenticate(request)).is !== 'known') throw new Error('not signed in')
    return [figure('sessions, check warm', 'checks/s', rounds(request), atLeast(300_000))]
  } finally {
    await system.stop()
    rmSync(data, { recursive: true, force: true })
  }

  async function signIn(): Promise<string> {
    const email = 'ada@example.com'
    const made = await identity.people.create(
      {
        email,
        name: 'Ada',
        language: 'en',
        organization: 'org_default',
        roles: ['user'],
        verified: true,
        password: new Secret(PASSWORD),
      },
      caller,
    )
    if (!made.ok) throw new Error(made.problem.code)
    const input = { email, password: new Secret(PASSWORD), organization: null, flow: null }
    const browser = { digest: null, devices: [] }
    const standing = await identity.signInWithPassword(input, { caller: { ...caller, address: '192.0.2.7' }, browser })
    if (!standing.ok || standing.value.next !== 'done') throw new Error(JSON.stringify(standing))
    return standing.value.opened.token.reveal()
  }

  function rounds(request: Request): number[] {
    round(request)
    return Array.from({ length: ROUNDS }, () => round(request))
  }

  function round(request: Request): number {
    const start = performance.now()
    for (let i = 0; i < CHECKS; i++) {
      const answer = identity.authenticator.authenticate(request)
      if (answer instanceof Promise || answer.is !== 'known') throw new Error('not warm, or not known')
    }
    return (CHECKS * 1000) / (performance.now() - start)
  }
}

function requestWith(cookie: string): Request {
  const client = parseAddress('192.0.2.7')
  if (client === null) throw new Error('no address')
  const header = (name: string) => (name === 'cookie' ? cookie : undefined)
  return {
    id: 'req_1',
    method: 'GET',
    host: 'localhost',
    path: '/orders',
    query: '',
    header,
    headerCount: (name) => (header(name) === undefined ? 0 : 1),
    client,
    receivedAt: Date.now(),
  }
}
