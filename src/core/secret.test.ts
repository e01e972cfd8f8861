import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from './index.ts'

describe('a secret', () => {
  const secret = new Secret('hunter2')

  it('shows itself in no way but by being revealed', () => {
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }),
    ]
    for (const text of shown) expect(text).not.toContain('hunter2')
    expect(JSON.stringify(Object.entries(secret))).toBe('[]')
    expect(secret.reveal()).toBe('hunter2')
  })
})
