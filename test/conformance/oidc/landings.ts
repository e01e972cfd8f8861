import { expect } from 'vitest'
import type { Landing } from './browser.ts'

/** A page of the server stands there, and nothing went to the client. */
export function expectPage(landing: Landing, status = 200): void {
  expect({ at: landing.at, status: 'status' in landing ? landing.status : landing.url.href }).toEqual({
    at: 'page',
    status,
  })
}

/** The client, or a page, is told one of these errors, and no code. */
export function expectError(landing: Landing, errors: readonly string[]): void {
  if (landing.at === 'page') expect(landing.status).toBe(400)
  else expect([...landing.answer.getAll('code'), landing.answer.get('error')]).toEqual([expect.toBeOneOf([...errors])])
}
