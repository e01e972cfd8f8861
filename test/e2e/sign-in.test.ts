import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { openVisitor } from '../support/visitor.ts'

describe.each(backends)('signing in on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: '127.0.0.1' })
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  it('a person comes in with address and password, is known by a cookie, and goes', async () => {
    const { email, password } = await makePerson(control)
    const visitor = openVisitor(control.url)
    const answer = await visitor.post('/v1/auth/login', { email, password })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(answer.body).toMatchObject({ next: 'done', person: { email }, session: { current: true, acr: 'aal1' } })
    expect((await visitor.get('/v1/keys')).status).toBe(200)
    expect((await visitor.post('/v1/auth/logout')).status).toBe(204)
    expect((await visitor.get('/v1/keys')).status).toBe(401)
  })

  it('a stolen cookie is worth nothing after its owner signed out', async () => {
    const { email, password } = await makePerson(control)
    const visitor = openVisitor(control.url)
    await visitor.post('/v1/auth/login', { email, password })
    const thief = visitor.copy()
    expect((await thief.get('/v1/keys')).status).toBe(200)
    await visitor.post('/v1/auth/logout')
    expect((await thief.get('/v1/keys')).body.code).toBe('SESSION_ENDED')
  })

  it('a wrong password and an unknown address are answered alike', async () => {
    const { email } = await makePerson(control)
    const visitor = openVisitor(control.url)
    const wrong = await visitor.post('/v1/auth/login', { email, password: 'not this one at all' })
    const unknown = await visitor.post('/v1/auth/login', {
      email: 'nobody@example.com',
      password: 'not this one at all',
    })
    expect(wrong.status).toBe(401)
    const { requestId: _a, ...one } = wrong.body
    const { requestId: _b, ...other } = unknown.body
    expect(one).toEqual(other)
  })

  it('nobody signs in to an organization that they do not belong to, and learns of none before the password', async () => {
    const { email, password } = await makePerson(control)
    const visitor = openVisitor(control.url)
    const organization = 'org_000000000000000000000000'
    const wrong = await visitor.post('/v1/auth/login', { email, password: 'not this one at all', organization })
    expect(wrong.body.code).toBe('SIGN_IN_FAILED')
    const right = await visitor.post('/v1/auth/login', { email, password, organization })
    expect(right.body.code).toBe('ORGANIZATION_UNKNOWN')
    expect(visitor.cookies()).toEqual([])
  })

  it('what one person proved counts for nobody else', async () => {
    const [first, second] = [await makePerson(control, { verified: false }), await makePerson(control)]
    const begun = await openVisitor(control.url).post('/v1/auth/login', {
      email: first.email,
      password: first.password,
    })
    expect(begun.body.next).toBe('verify_email')
    const { signIns, people } = control.serving.system.identity
    const signIn = await signIns.find(begun.body.flow)
    const caller = { principal: operator, address: null, userAgent: null, requestId: null }
    const other = await people.get(second.id, caller)
    if (!signIn.ok || !other.ok) throw new Error('not found')
    const { person } = other.value
    const proof = { person, method: 'passkey' as const, signIn: signIn.value, organization: null }
    const answer = await signIns.proved(proof, { caller, browser: { digest: null, devices: [] } })
    expect(answer).toMatchObject({ ok: false, problem: { code: 'SIGN_IN_ENDED' } })
  })
})
