import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { organizationOf, type Result, refused, Type } from '../core/index.ts'
import { refuseHttp } from './problems.ts'

/** One creation that may be repeated safely: whose, under which key, and what was asked. */
export type Idempotency = { readonly scope: string; readonly key: string; readonly fingerprint: string }

/** The header schema of a route that takes an Idempotency-Key. */
export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]+$',
      description: 'Repeating a creation with the same key within 24 hours makes nothing new.',
    }),
  ),
})

/** The idempotency of a request, or null when it did not ask for any. Keys of different callers never meet. */
export function idempotencyOf(request: FastifyRequest): Idempotency | null {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') return null
  const { principal } = request.caller
  const route = `${request.method} ${request.url.split('?')[0]}`
  const scope = [organizationOf(request.caller), principal.id, route].map((part) => `${part.length}:${part}`).join('')
  return { scope, key, fingerprint: fingerprintOf(request.body) }
}

/** What claiming an Idempotency-Key comes to: nothing was made with it yet, this was, or something else was asked. */
type Claimed = { readonly is: 'new' } | { readonly is: 'repeat'; readonly ref: string } | { readonly is: 'conflict' }

/**
 * What a creation is answered with instead of being done again, or null when it is to be done: the request did not ask
 * for idempotency, or is the first with its key.
 *
 * @param claim claims the key in the transaction of the creation: the store's `claimIdempotency`
 * @param find what the earlier request made, by the reference it left
 *
 * Errors: `IDEMPOTENCY_KEY_REUSED`, and those of `find`.
 *
 * @example
 * const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
 * const repeat = await answerRepeat(idempotency, claim, (ref) => findMade(tx, ref))
 * if (repeat !== null) return repeat
 */
export async function answerRepeat<T>(
  idempotency: Idempotency | null,
  claim: (idempotency: Idempotency) => Promise<Claimed>,
  find: (ref: string) => Promise<Result<T>>,
): Promise<Result<T> | null> {
  if (idempotency === null) return null
  const claimed = await claim(idempotency)
  if (claimed.is === 'new') return null
  return claimed.is === 'conflict' ? refused(refuseHttp('IDEMPOTENCY_KEY_REUSED')) : find(claimed.ref)
}

/** A digest of a JSON body that does not depend on the order of its members. */
export function fingerprintOf(body: unknown): string {
  return hash('sha256', JSON.stringify(sorted(body)) ?? '', 'base64url')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(byName)
      .map(([name, member]) => [name, sorted(member)]),
  )
}

function byName(a: [string, unknown], b: [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1
}
