import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToolServer } from '../../examples/mcp/app.ts'
import { agreeAt } from '../support/agreeing.ts'
import { backends, type World } from '../support/backends.ts'
import { makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { freePort } from '../support/keeper.ts'
import { type Agent, openAgent } from '../support/mcp-agent.ts'
import { makePerson } from '../support/people.ts'
import { makeClient, signIn } from '../support/relying-party.ts'
import { openPlace } from '../support/sallyport.ts'

const CALLBACK = 'http://127.0.0.1:1410/callback'

const settings = (resource: string, tools: string) => `
oauth:
  resources:
    - { id: "${resource}", name: Orders of the shop, scopes: ["orders:read", "orders:write"], lifetime: 10m }
  registration: open
  clientIdMetadataDocuments: true
guard:
  outbound: { allowPrivateNetworks: ["127.0.0.0/8", "::1/128"], allowAnyPort: true }
gateway:
  upstreams: { tools: { targets: ["${tools}"] } }
  routes:
    - id: tools
      match: { path: /mcp, methods: [GET, POST, DELETE] }
      upstream: tools
      authenticate: [jwt]
      tokens: { audience: "${resource}" }
      require: { scopes: ["orders:read"] }
`

describe.each(backends)('the official MCP client, unchanged, on $name', ({ open }) => {
  let world: World
  let tools: Server
  let control: Control
  let resource: string

  beforeAll(async () => {
    world = await open()
    const port = await freePort()
    resource = `http://localhost:${port}/mcp`
    tools = createToolServer({ resource }).listen(0, '127.0.0.1')
    await once(tools, 'listening')
    const at = `http://127.0.0.1:${(tools.address() as AddressInfo).port}`
    const { env } = await openPlace(world, settings(resource, at))
    const ports = { SALLYPORT_GATEWAY_PORT: String(port), SALLYPORT_HOST: '127.0.0.1' }
    const { SALLYPORT_CONTROL_PORT: _free, ...rest } = env
    control = await openControl(world, { role: 'all', issuerHost: 'localhost', env: { ...rest, ...ports } })
  })

  afterAll(async () => {
    await control?.stop()
    tools?.close()
    await world?.close()
  })

  const metadata = { client_name: 'Desk assistant', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }
  const reading = async () => (await signIn(control, await makePerson(control, { roles: ['admin'] }))).visitor

  /** An agent whose person has agreed to what it asked for. */
  async function trusted(agent: Agent) {
    await expect(agent.connect()).rejects.toThrow('Unauthorized')
    const callback = await agreeAt(await reading(), agent.memory.sentTo ?? '')
    expect(callback.origin + callback.pathname).toBe(CALLBACK)
    await agent.cameBack(callback)
    return agent.connect()
  }

  async function known() {
    const { id } = await makeClient(control, {
      name: 'Desk assistant',
      kind: 'public',
      applicationType: 'native',
      redirectUris: [CALLBACK],
      scopes: ['openid', 'orders:read', 'orders:write'],
      resources: [resource],
      firstParty: false,
      consent: 'once',
    })
    return openAgent(resource, metadata, { client: { client_id: id } })
  }

  it('finds who issues tokens, asks for what is needed and no more, and calls a tool for its person', async () => {
    const agent = await known()
    const client = await trusted(agent)
    const asked = agent.memory.sentTo?.searchParams
    expect([asked?.get('scope'), asked?.get('resource')]).toEqual(['orders:read', resource])
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['list_orders', 'cancel_order'])
    const { content } = await client.callTool({ name: 'list_orders' })
    expect(JSON.stringify(content)).toContain('ord_7Kq2mX9vTz')
    const [, claims = ''] = (agent.memory.tokens?.access_token ?? '').split('.')
    const token = JSON.parse(Buffer.from(claims, 'base64url').toString())
    expect(token).toMatchObject({ aud: resource, scope: 'orders:read' })
    expect(token.exp - token.iat).toBe(600)
    await client.close()
  })

  it('registers itself where nobody knows it, and its person is asked', async () => {
    const agent = openAgent(resource, { ...metadata, application_type: 'native' } as typeof metadata)
    const client = await trusted(agent)
    expect(agent.memory.client?.client_id).toMatch(/^cli_/)
    const { content } = await client.callTool({ name: 'list_orders' })
    expect(JSON.stringify(content)).toContain('ord_7Kq2mX9vTz')
    await client.close()
  })

  it('is known by the document at its address', async () => {
    const house = await publish((at) => ({ ...metadata, client_id: at, scope: 'openid orders:read orders:write' }))
    try {
      const agent = openAgent(resource, metadata, { documentAt: house.at })
      const client = await trusted(agent)
      expect(agent.memory.client?.client_id).toBe(house.at)
      const { content } = await client.callTool({ name: 'list_orders' })
      expect(JSON.stringify(content)).toContain('ord_7Kq2mX9vTz')
      await client.close()
    } finally {
      await house.close()
    }
  })

  it('is refused a tool outside its scope, and told what to ask for', async () => {
    const agent = await known()
    const client = await trusted(agent)
    await expect(client.callTool({ name: 'cancel_order', arguments: { id: 'ord_7Kq2mX9vTz' } })).rejects.toThrow(/403/)
    const answer = await fetch(resource, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${agent.memory.tokens?.access_token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'cancel_order' } }),
    })
    expect(answer.status).toBe(403)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    expect(challenge).toContain('error="insufficient_scope", scope="orders:read orders:write"')
    const named = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? ''
    expect(await (await fetch(named)).json()).toMatchObject({ resource, authorization_servers: [control.url] })
    const { content } = await client.callTool({ name: 'list_orders' })
    expect(JSON.stringify(content)).toContain('"status\\":\\"open')
    await client.close()
  })

  it('is sent back with an error where it asks for an API that nobody knows', async () => {
    const agent = await known()
    await expect(agent.connect()).rejects.toThrow('Unauthorized')
    const url = new URL(agent.memory.sentTo ?? '')
    url.searchParams.set('resource', 'https://elsewhere.example.com')
    expect((await agreeAt(await reading(), url)).searchParams.get('error')).toBe('invalid_target')
    expect(agent.memory.tokens).toBeUndefined()
  })
})

/** Publishes the document of a client at an https address that this process trusts. */
async function publish(document: (at: string) => object) {
  const { pem, key } = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost' })
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, pem])
  const secret = String(key.export({ type: 'pkcs8', format: 'pem' }))
  const server = createServer({ cert: pem, key: secret }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document(at)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = `https://localhost:${(server.address() as AddressInfo).port}/agent.json`
  const close = async () => {
    setDefaultCACertificates(before)
    await new Promise((resolve) => server.close(resolve).closeAllConnections())
  }
  return { at, close }
}
