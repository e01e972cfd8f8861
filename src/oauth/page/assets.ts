import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ControlApp } from '../../http/index.ts'

/** Where what pages load lies: nothing else may be loaded by them. */
export const ASSETS = '/oauth/pages'

const YEAR = 365 * 24 * 3600

type Asset = { readonly path: string; readonly body: Buffer; readonly type: string; readonly tag: string }

export const STYLE = asset('page.css', 'text/css; charset=utf-8')
export const SIGN_IN_SCRIPT = asset('sign-in.js', 'text/javascript; charset=utf-8')

/** The address of an asset, with what it is in it: another one has another address. */
export function addressOf({ path, tag }: Asset): string {
  return `${path}?v=${tag.slice(0, 12)}`
}

/** Serves the style and the script of pages. */
export function assetRoutes(app: ControlApp): void {
  for (const { path, body, type, tag } of [STYLE, SIGN_IN_SCRIPT]) {
    const options = { config: { permission: 'public', caller: 'session' } as const, schema: { hide: true } }
    app.get(path, options, async (request, reply) => {
      reply.headers({ etag: `"${tag}"`, 'cache-control': `public, max-age=${YEAR}, immutable` })
      reply.header('cross-origin-resource-policy', 'same-origin')
      if (request.headers['if-none-match'] === `"${tag}"`) return reply.code(304).send()
      return reply.type(type).send(body)
    })
  }
}

function asset(name: string, type: string): Asset {
  const body = readFileSync(new URL(`./assets/${name}`, import.meta.url))
  return Object.freeze({ path: `${ASSETS}/${name}`, body, type, tag: hash('sha256', body, 'base64url') })
}
