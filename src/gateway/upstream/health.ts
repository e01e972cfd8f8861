import { createRequire } from 'node:module'
import type { HealthSettings } from '../settings.ts'
import type { TellTarget } from './breaker.ts'
import type { Target } from './target.ts'
import { connectorTo, type UpstreamTls } from './upstream-connector.ts'

export type HealthDeps = {
  readonly settings: HealthSettings
  readonly tls: UpstreamTls | null
  readonly now: () => number
  readonly tell: TellTarget
}

const require = createRequire(import.meta.url)
const LARGEST_BODY = 65_536
const LARGEST_HEAD = 16_384

/**
 * Asks a target again and again whether it is well, over a connection of its own, one question at a time. Answers what
 * stops it.
 */
export function watchHealth(target: Target, deps: HealthDeps): () => void {
  const { settings, tls } = deps
  const undici: typeof import('undici') = require('undici')
  const client = new undici.Client(target.origin, {
    connect: connectorTo(tls, settings.timeout),
    maxHeaderSize: LARGEST_HEAD,
    headersTimeout: settings.timeout,
    bodyTimeout: settings.timeout,
  })
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined

  async function ask(): Promise<void> {
    const wrong = await askOnce(client, target, settings, stop.signal)
    if (stop.signal.aborted) return
    heed(target, wrong, deps)
    later(settings.interval)
  }
  // Targets that many processes ask must not hear from all of them at once.
  function later(milliseconds: number): void {
    timer = setTimeout(() => void ask(), milliseconds * (0.8 + Math.random() * 0.4))
    timer.unref()
  }

  later(Math.min(settings.interval, 1_000) / 10)
  return () => {
    stop.abort()
    clearTimeout(timer)
    client.destroy().catch(() => undefined)
  }
}

type Client = import('undici').Client

/** What is wrong with a target, or null. */
async function askOnce(client: Client, { base }: Target, settings: HealthSettings, stop: AbortSignal) {
  const { path, timeout, statuses } = settings
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeout)])
  try {
    const headers = { 'user-agent': 'sallyport-health' }
    const answer = await client.request({ path: base + path, method: 'GET', headers, signal })
    await answer.body.dump({ limit: LARGEST_BODY, signal })
    return statuses.includes(answer.statusCode) ? null : `status ${answer.statusCode}`
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return typeof code === 'string' ? code : 'no answer in time'
  }
}

function heed({ state }: Target, wrong: string | null, { settings, now, tell }: HealthDeps): void {
  if ((wrong !== null) === state.unhealthy) {
    state.contrary = 0
    return
  }
  state.contrary++
  if (state.contrary < (wrong === null ? settings.healthy : settings.unhealthy)) return
  state.contrary = 0
  state.unhealthy = wrong !== null
  if (wrong !== null) tell('target.unhealthy', { reason: wrong })
  else {
    state.backSince = now()
    tell('target.healthy')
  }
}
