import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEVICE_CODE } from '../../src/oauth/index.ts'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type OidcAgent, openOidcAgent } from '../support/oidc-agent.ts'
import { openPage, press } from '../support/pages.ts'
import { makeClient, signIn } from '../support/relying-party.ts'
import type { Visitor } from '../support/visitor.ts'

describe.skipIf(!canUse.oidcAgent).each(backends)('oidc-agent, unchanged, on $name,', ({ open }) => {
  let world: World
  let control: Control
  let agent: OidcAgent

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: 'localhost' })
    agent = await openOidcAgent(await mkdtemp(join(world.dataDir, 'agent-')))
  })
  afterAll(async () => {
    agent?.close()
    await control?.stop()
    await world?.close()
  })

  const xsrfIn = (page: unknown) => /name="xsrf" value="([^"]+)"/.exec(String(page))?.[1] ?? ''

  const userinfo = async (token: string) =>
    (await control.call(null, 'GET', '/oauth/userinfo', undefined, { authorization: `Bearer ${token}` })).body

  /** What a person does with the code, up to the last page. */
  async function connect(visitor: Visitor, code: string): Promise<string> {
    const page = await visitor.get('/oauth/device')
    const form = new URLSearchParams({ xsrf: xsrfIn(page.body), user_code: code, confirm: 'yes' })
    const confirmed = await visitor.post('/oauth/device', form)
    const asking = await openPage(visitor, new URL(confirmed.headers.get('location') ?? '', control.url))
    const end = await press(visitor, asking, 'consent', { answer: 'allow' })
    return 'heading' in end ? end.heading : end.callback.href
  }

  it('gets an account by the device flow, and tokens from then on', async () => {
    const scopes = ['openid', 'profile', 'offline_access']
    const grants = [DEVICE_CODE, 'refresh_token'] as const
    const wish = { redirectUris: [], firstParty: false, consent: 'once' } as const
    const client = await makeClient(control, { ...wish, grants, scopes })
    const { visitor, person } = await signIn(control)
    const args = [`--client-id=${client.id}`, `--client-secret=${client.secret}`, `--scope=${scopes.join(' ')}`]
    const { code, done } = await agent.generate([`--issuer=${control.url}`, ...args, 'mine'])
    expect(await connect(visitor, code)).toBe('The device is connected')
    expect(await done).toBe(0)
    const first = await agent.token('mine')
    expect(await userinfo(first)).toMatchObject({ sub: person.id, name: 'Ada Lovelace' })
    const renewed = await agent.token('mine', ['--force-new'])
    expect(renewed).not.toBe(first)
    expect(await userinfo(renewed)).toMatchObject({ sub: person.id })
  })
})
