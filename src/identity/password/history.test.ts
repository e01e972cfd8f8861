import { describe, expect, test } from 'vitest'
import { Secret } from '../../core/index.ts'
import type { Verified } from './answers.ts'
import { wasUsed } from './history.ts'

const password = new Secret('correct horse battery')
const PAST = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']

function comparing(fitting: string, busyAt?: string) {
  const compared: string[] = []
  const verify = async (hash: string): Promise<Verified> => {
    compared.push(hash)
    if (hash === busyAt) return { is: 'busy', retryAfter: 2 }
    return hash === fitting ? { is: 'right', stale: false } : { is: 'wrong' }
  }
  return { compared, verify }
}

describe('a new password', () => {
  test.each(['first', 'third', 'fifth'])(
    'that was the %s before is used, and all five are compared',
    async (fitting) => {
      const { compared, verify } = comparing(fitting)
      expect(await wasUsed(password, PAST, 5, verify)).toEqual({ is: 'used' })
      expect(compared).toEqual(PAST.slice(0, 5))
    },
  )

  test('that was the sixth before is new, after as many comparisons', async () => {
    const { compared, verify } = comparing('sixth')
    expect(await wasUsed(password, PAST, 5, verify)).toEqual({ is: 'new' })
    expect(compared).toEqual(PAST.slice(0, 5))
  })

  test('is new where none was before, or none counts', async () => {
    const { compared, verify } = comparing('first')
    expect(await wasUsed(password, [], 5, verify)).toEqual({ is: 'new' })
    expect(await wasUsed(password, PAST, 0, verify)).toEqual({ is: 'new' })
    expect(compared).toEqual([])
  })

  test('is not called new while nobody could compare', async () => {
    const { verify } = comparing('none', 'fourth')
    expect(await wasUsed(password, PAST, 5, verify)).toEqual({ is: 'busy', retryAfter: 2 })
  })
})
