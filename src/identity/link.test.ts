import { describe, expect, it } from 'vitest'
import { Secret } from '../core/index.ts'
import { linkTo } from './link.ts'

const issuer = 'https://gate.example.com'
const token = new Secret(`spl_${'A'.repeat(43)}`)

describe('a mailed link', () => {
  it.each([
    [null, 'https://gate.example.com/reset?token='],
    ['https://account.example.com', 'https://account.example.com/reset?token='],
    ['https://example.com/account/', 'https://example.com/account/reset?token='],
  ])('with pages at %s begins with %s', (pages, begins) => {
    const link = linkTo({ settings: { pages }, issuer }, 'reset', token)
    expect(link.reveal()).toBe(`${begins}${token.reveal()}`)
    expect(String(link)).toBe('[secret]')
  })
})
