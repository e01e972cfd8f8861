import type { FastifyRequest } from 'fastify'

/** Whether a form came from a page of ours. Browsers say so in headers that no page can set (Fetch Standard). */
export function isOwnForm({ headers }: Pick<FastifyRequest, 'headers'>, issuer: string): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined && origin !== new URL(issuer).origin) return false
  return site === undefined ? origin !== undefined : site === 'same-origin'
}
