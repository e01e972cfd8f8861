import type { ServerResponse } from 'node:http'
import { type Asking, setHead } from './asking.ts'

/** Paths that answer health checks on the gateway's own port. */
export type Probes = { readonly live?: string; readonly ready?: string }

/** Answers a health check. Whether the request was one. */
export function answerProbe(
  { live, ready }: Probes,
  { incoming, response, head }: Asking,
  isReady: () => boolean | Promise<boolean>,
): boolean {
  const { url, method } = incoming
  if ((url !== live && url !== ready) || (method !== 'GET' && method !== 'HEAD')) return false
  setHead(response, head())
  if (url === live) answer(response, true)
  else
    Promise.resolve(isReady()).then(
      (yes) => answer(response, yes),
      () => answer(response, false),
    )
  return true
}

function answer(response: ServerResponse, good: boolean): void {
  const body = JSON.stringify({ status: good ? 'ok' : 'unavailable' })
  response.writeHead(good ? 200 : 503, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  response.end(body)
}
