import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { openVisitor } from '../support/visitor.ts'

const [small] = backends

describe.skipIf(small === undefined)('a control plane behind a proxy that it trusts', () => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await (small as (typeof backends)[number]).open()
    const env = { SALLYPORT_CONTROL_TRUSTED_PROXIES: '["127.0.5.0/24"]' }
    control = await openControl(world, { issuerHost: '127.0.0.1', env })
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  const signedIn = async (address: string, headers: Record<string, string>) => {
    const { email, password } = await makePerson(control)
    const visitor = openVisitor(control.url, { address })
    const answer = await visitor.post('/v1/auth/login', { email, password }, headers)
    return answer.status === 200 ? answer.body.session.address : answer.body.code
  }

  it('takes the address of who asks from the proxy, and from nobody else', async () => {
    expect(await signedIn('127.0.5.1', { 'x-forwarded-for': '198.51.100.7' })).toBe('198.51.100.7')
    expect(await signedIn('127.0.5.1', { forwarded: 'for=198.51.100.8' })).toBe('198.51.100.8')
    expect(await signedIn('127.0.5.1', { 'x-forwarded-for': '192.0.2.1, 198.51.100.7' })).toBe('198.51.100.7')
    expect(await signedIn('127.0.6.1', { 'x-forwarded-for': '198.51.100.7' })).toBe('127.0.6.1')
    expect(await signedIn('127.0.5.1', {})).toBe('127.0.5.1')
  })

  it('refuses what does not say who asks', async () => {
    expect(await signedIn('127.0.5.1', { 'x-forwarded-for': 'nonsense' })).toBe('REQUEST_FORWARDED_INVALID')
    const both = { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.8' }
    expect(await signedIn('127.0.5.1', both)).toBe('REQUEST_FORWARDED_INVALID')
  })
})
