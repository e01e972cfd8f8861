import { randomBytes } from 'node:crypto'
import { loadConfig } from '../../src/config/index.ts'
import { type Clock, systemClock } from '../../src/core/index.ts'
import { newKeyOf } from '../../src/keys/index.ts'
import { operator, type Serving, serve } from '../../src/server/index.ts'
import { asCommand } from './as-command.ts'
import type { World } from './backends.ts'
import { freePort } from './keeper.ts'

export type Reply = {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what each test asserts
  readonly body: any
}

/** A control plane of a test's own, over the network, and ways to call it. */
export type Control = {
  readonly url: string
  readonly serving: Serving
  /** A key with these permissions, made by the operator. */
  readonly keyWith: (
    permissions: readonly string[],
    more?: object,
  ) => Promise<{ id: string; key: string; owner: string }>
  /** Calls it with a key, or as nobody with null. */
  readonly call: (
    key: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply>
  readonly stop: () => Promise<void>
}

export async function openControl(
  world: World,
  options: {
    clock?: Clock
    env?: Record<string, string>
    role?: 'control' | 'all'
    /** Listens on a port that the issuer names, at this host: for browsers, which mind their origin. */
    issuerHost?: 'localhost' | '127.0.0.1'
  } = {},
): Promise<Control> {
  const own = options.issuerHost === undefined ? {} : await issuerAt(options.issuerHost)
  const env = {
    SALLYPORT_DATA: world.dataDir,
    SALLYPORT_DATABASE_URL: world.databaseUrl,
    SALLYPORT_CONTROL_PORT: '0',
    SALLYPORT_GATEWAY_PORT: '0',
    SALLYPORT_LOG_LEVEL: 'fatal',
    // Tests make many keys for one service.
    SALLYPORT_KEYS_CLASSIFICATIONS_LOW_MOST_ACTIVE: 'null',
    ...(world.redisUrl === null
      ? {}
      : { SALLYPORT_REDIS_URL: world.redisUrl, SALLYPORT_REDIS_PREFIX: world.redisPrefix }),
    ...(world.databaseUrl.startsWith('sqlite:') ? {} : { SALLYPORT_MASTER_KEY: masterKeyOf(world) }),
    ...own,
    // Nothing outside is asked by a test that does not say so.
    SALLYPORT_IDENTITY_PASSWORDS_BREACH_MODE: 'off',
    ...options.env,
  }
  const loaded = await loadConfig({ cwd: world.dataDir, env })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const started = await serve({
    config: loaded.value,
    role: options.role ?? 'control',
    clock: options.clock ?? systemClock,
  })
  // A test that asks the parts themselves works for all organizations, as a command does.
  const serving: Serving = Object.freeze({ ...started, system: asCommand(started.system) })
  const url = options.issuerHost === undefined ? serving.control : loaded.value.issuer
  const operating = { principal: operator, address: null, userAgent: 'test', requestId: null }

  const keyWith: Control['keyWith'] = async (permissions, more = {}) => {
    const made = await serving.system.keys.create(
      { ...newKeyOf({ name: 'test' }), permissions, ...more },
      operating,
      null,
    )
    if (!made.ok || made.value.secret === null) throw new Error(JSON.stringify(made))
    return { id: made.value.key.id, key: made.value.secret.reveal(), owner: made.value.key.owner.id }
  }

  const call: Control['call'] = async (key, method, path, body, headers = {}) => {
    const sent: Record<string, string> = { ...(key === null ? {} : { 'x-api-key': key }), ...headers }
    const json = typeof body === 'string' ? body : JSON.stringify(body)
    if (body !== undefined && sent['content-type'] === undefined) sent['content-type'] = 'application/json'
    const answer = await fetch(new URL(path, url), {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: json }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
  }

  return Object.freeze({ url, serving, keyWith, call, stop: serving.stop })
}

async function issuerAt(host: string): Promise<Record<string, string>> {
  const port = await freePort()
  return { SALLYPORT_CONTROL_PORT: String(port), SALLYPORT_ISSUER: `http://${host}:${port}` }
}

const masterKeys = new WeakMap<World, string>()

/** One master key for every process of a world. */
function masterKeyOf(world: World): string {
  const known = masterKeys.get(world) ?? randomBytes(32).toString('base64')
  masterKeys.set(world, known)
  return known
}
