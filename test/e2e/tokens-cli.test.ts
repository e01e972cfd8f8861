import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place } from '../support/sallyport.ts'

describe.each(backends)('tokens by command on $name', ({ open }) => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await open()
    place = await openPlace(world)
  })
  afterAll(() => world?.close())

  it('a token is looked into and revoked', async () => {
    const { key } = await place.json(['keys', 'create', '--name', 'shop'])
    const bought = await place.json(['keys', 'exchange', String(key)])
    const token = String(bought.accessToken ?? bought.access_token)
    const seen = await place.command(['tokens', 'inspect', '-', '--json'], token)
    expect(seen.code).toBe(0)
    const { active, claims } = JSON.parse(seen.stdout)
    expect(active).toBe(true)
    expect((await place.command(['tokens', 'revoke', '--id', claims.jti])).stdout).toContain('They are revoked.')
    const after = await place.command(['tokens', 'inspect', '-'], token)
    expect([after.code, after.stdout]).toEqual([1, expect.stringContaining('not good here and now')])
  })

  it.each([
    [['tokens', 'revoke'], 'needs one of --id'],
    [['tokens', 'revoke', '--id', 'tok_a', '--user', 'usr_a'], 'needs one of --id'],
    [['tokens', 'revoke', '--id', 'tok_a', '--issued-before', 'yesterday'], 'INPUT_INVALID'],
  ])('%j is wrong usage, said in words, with exit code 2', async (args, words) => {
    const answer = await place.command(args)
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining(words)])
  })
})
