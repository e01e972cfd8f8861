import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Config } from '../config/index.ts'
import { type Clock, Secret } from '../core/index.ts'
import type { Reread } from './configuration/reread.ts'
import { createControlApp } from './control/app.ts'
import { OPERATOR_HEADER } from './control/authenticate.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics/metrics.ts'
import { openSystem, type System } from './system.ts'

export type LocalApi = {
  readonly system: System
  /** Asks the control plane's own routes without a network: as the operator, or with the key `as`. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    as?: string,
  ) => Promise<{ status: number; body: unknown }>
  /** Asks for an answer that comes line by line. */
  readonly stream: (path: string) => Promise<{ status: number; body: Readable }>
  readonly warnings: readonly string[]
  readonly close: () => Promise<void>
}

/**
 * The control plane over the local store, inside this process: what a command uses. It opens no port. Whoever can read
 * the data directory is its operator, and its Events say so.
 */
export async function createLocalApi(deps: { config: Config; reread?: Reread; clock: Clock }): Promise<LocalApi> {
  const log = createLog('error')
  const system = await openSystem({ ...deps, log })
  const token = new Secret(randomBytes(32).toString('base64url'))
  const app = await createControlApp({
    system,
    metrics: createMetrics(),
    ready: system.store.ready,
    operator: token,
    log,
  })

  async function call(method: string, path: string, body?: unknown, as?: string) {
    const credential = as === undefined ? { [OPERATOR_HEADER]: token.reveal() } : { 'x-api-key': as }
    const headers = { ...credential, 'user-agent': 'sallyport-cli' }
    const answer = await app.inject({
      method: method as 'GET',
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body as object }),
    })
    return { status: answer.statusCode, body: answer.body === '' ? null : JSON.parse(answer.body) }
  }

  async function stream(path: string) {
    const headers = { [OPERATOR_HEADER]: token.reveal(), 'user-agent': 'sallyport-cli' }
    const answer = await app.inject({ method: 'GET', url: path, headers, payloadAsStream: true })
    return { status: answer.statusCode, body: answer.stream() }
  }

  async function close(): Promise<void> {
    await app.close()
    await system.stop()
  }

  return Object.freeze({ system, call, stream, warnings: system.warnings, close })
}
