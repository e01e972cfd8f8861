import { createRemoteJWKSet, customFetch, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { openOutbound, type Seen, startSeen } from './testing.ts'

const INTERNET = { allowPrivateNetworks: ['127.0.0.2/32'] }
const NAMES = { 'a.example': [['127.0.0.2']], 'inside.example': [['127.0.0.1']] }

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

async function opened(
  answer: Parameters<typeof startSeen>[0],
): Promise<{ fetch: typeof fetch; server: Seen; url: string }> {
  const server = await startSeen(answer, { host: '127.0.0.2' })
  const outbound = openOutbound(INTERNET, NAMES)
  undo.push(outbound.stop, server.close)
  return { fetch: outbound.asFetch() as typeof fetch, server, url: `http://a.example:${server.port}/` }
}

describe('handed to a library as its fetch', () => {
  it('it fetches what may be fetched', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const { fetch, url } = await opened(async (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ keys: [await exportJWK(publicKey)] }))
    })
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    const keys = createRemoteJWKSet(new URL(url), { [customFetch]: fetch })
    expect(await jwtVerify(token, keys)).toMatchObject({ payload: {} })
    const elsewhere = createRemoteJWKSet(new URL(url.replace('a.example', 'inside.example')), { [customFetch]: fetch })
    await expect(jwtVerify(token, elsewhere)).rejects.toThrow()
  })

  it('it sends method, headers and body, however they are given', async () => {
    const { fetch, server, url } = await opened((request, response) => request.pipe(response))
    const body = new URLSearchParams({ logout_token: 'x' })
    const headers = new Headers({ 'x-mine': '1', 'user-agent': '' })
    const asked = [
      fetch(url, { method: 'POST', body, headers }),
      fetch(new URL(url), { method: 'POST', body: String(body), headers: [['x-mine', '1']] }),
      fetch(new Request(url, { method: 'POST', body, headers: { 'x-mine': '1' } })),
    ]
    for (const answer of await Promise.all(asked)) expect(await answer.text()).toBe('logout_token=x')
    for (const { method, headers: seen } of server.requests) {
      expect([method, seen['x-mine'], seen['user-agent']]).toEqual(['POST', '1', 'Sallyport'])
    }
  })

  it('what a library says of dispatchers and agents is not heard', async () => {
    const { fetch, url } = await opened((_request, response) => response.end('ours'))
    const theirs = () => {
      throw new Error('theirs was used')
    }
    const options = {
      dispatcher: { dispatch: theirs },
      agent: { addRequest: theirs },
      lookup: theirs,
    } as unknown as RequestInit
    expect(await (await fetch(url, options)).text()).toBe('ours')
  })

  it('it treats redirects as fetch does', async () => {
    const { fetch, url } = await opened((request, response) =>
      request.url === '/end' ? response.end('end') : response.writeHead(302, { location: '/end' }).end(),
    )
    const followed = await fetch(url)
    expect([await followed.text(), followed.url, followed.redirected]).toEqual(['end', `${url}end`, true])
    const shown = await fetch(url, { redirect: 'manual' })
    expect([shown.status, shown.headers.get('location'), shown.redirected]).toEqual([302, '/end', false])
    await expect(fetch(url, { redirect: 'error' })).rejects.toThrow('fetch failed')
  })

  it.each([204, 205, 304])('an answer with %i has no body', async (status) => {
    const { fetch, url } = await opened((_request, response) => response.writeHead(status).end())
    const answer = await fetch(url)
    expect([answer.status, answer.body, answer.url]).toEqual([status, null, url])
  })

  it('what is refused throws as fetch does, with the problem as its cause', async () => {
    const { fetch } = await opened(() => undefined)
    const thrown = await fetch('http://inside.example/').catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(TypeError)
    expect(thrown).toMatchObject({ message: 'fetch failed', cause: { code: 'OUTBOUND_REFUSED' } })
    await expect(fetch('http://user:password@a.example/')).rejects.toThrow(TypeError)
    await expect(fetch('/relative')).rejects.toThrow(TypeError)
  })

  it('the signal of a library ends it, with its reason', async () => {
    const { fetch, url } = await opened(() => undefined)
    await expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(fetch(url, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })

  it('its own time ends it too', async () => {
    const server = await startSeen(() => undefined, { host: '127.0.0.2' })
    const outbound = openOutbound(INTERNET, NAMES)
    undo.push(outbound.stop, server.close)
    const asked = outbound.asFetch({ timeout: 200 })(`http://a.example:${server.port}/`)
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
