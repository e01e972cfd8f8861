import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { openPlace } from '../support/sallyport.ts'

const SECRET = 'secret-of-the-site'
const [smallest] = backends

const route = (kind: string, provider: string, more = '') => `
    - id: ${kind}
      match: { path: "/${kind}/{id}" }
      upstream: shop
      public: true
      flow:
        action: buy
        object: { name: id }
        velocity: [{ by: address+object, max: 1, per: hour }]
        verify: { kind: ${kind}, siteKey: site-key, secretFile: ./captcha-secret, hostnames: [shop.example], address: "${provider}"${more} }`

const settings = (upstream: string, provider: string) => `
guard:
  outbound: { allowPrivateNetworks: [127.0.0.0/8], allowInsecureHttp: true, allowAnyPort: true, timeout: 2s }
gateway:
  upstreams: { shop: { targets: ["${upstream}"] } }
  routes:${route('turnstile', provider)}${route('hcaptcha', provider)}${route('recaptcha', provider, ', minScore: 70')}
`

type Kind = 'turnstile' | 'hcaptcha' | 'recaptcha'

// A stand-in that answers what the providers document; none of them is asked.
describe('a captcha is verified with its provider', { timeout: 60_000 }, () => {
  let world: World
  let control: Control
  let upstream: Receiver
  let provider: Receiver
  let item = 0

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    upstream = await startReceiver()
    provider = await startReceiver()
    await writeFile(join(world.dataDir, 'captcha-secret'), `${SECRET}\n`)
    const place = await openPlace(world, settings(new URL(upstream.url).origin, provider.url))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
  })

  beforeEach(() => {
    item++
  })

  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await provider?.close()
    await world?.close()
  })

  const says = (told: unknown, status = 200, type = 'application/json') =>
    provider.answer((response) => void response.writeHead(status, { 'content-type': type }).end(JSON.stringify(told)))
  const good = (more: object = {}) => ({
    success: true,
    challenge_ts: new Date().toISOString(),
    hostname: 'shop.example',
    'error-codes': [],
    ...more,
  })

  /** Goes to where a verification is asked for. */
  async function challengeOf(kind: Kind): Promise<string> {
    const url = `${control.serving.gateway}/${kind}/i${item}`
    expect((await fetch(url)).status).toBe(204)
    const second = await fetch(url)
    expect(second.status).toBe(428)
    return `${control.serving.gateway}${second.headers.get('x-verify-url')}`
  }

  async function hand(url: string, token: unknown = 'token-of-the-widget') {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ token }) })
    return { status: answer.status, ...((await answer.json()) as { code?: string; pass?: string }) }
  }

  it.each(['turnstile', 'hcaptcha', 'recaptcha'] as const)('%s: a good token gives a pass', async (kind) => {
    const url = await challengeOf(kind)
    expect(await (await fetch(url)).json()).toEqual({
      kind,
      action: 'buy',
      siteKey: 'site-key',
      expiresAt: expect.stringMatching(/Z$/),
    })
    says(good(kind === 'turnstile' ? { action: 'buy' } : kind === 'recaptcha' ? { action: 'buy', score: 0.9 } : {}))
    const { status, pass = '' } = await hand(url)
    expect(status).toBe(200)
    const asked = provider.received.at(-1)
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      secret: SECRET,
      response: 'token-of-the-widget',
      ...(kind === 'hcaptcha' && { sitekey: 'site-key' }),
    })
    const again = await fetch(`${control.serving.gateway}/${kind}/i${item}`, { headers: { 'x-sallyport-pass': pass } })
    expect(again.status).toBe(204)
  })

  const hour = 3_600_000
  const bad: [string, Kind, unknown][] = [
    ['a token that was used or is too old', 'turnstile', { success: false, 'error-codes': ['timeout-or-duplicate'] }],
    ['a success that is not said plainly', 'turnstile', good({ success: 'true', action: 'buy' })],
    ['a page of somebody else', 'turnstile', good({ hostname: 'evil.example', action: 'buy' })],
    ['no page at all', 'hcaptcha', good({ hostname: undefined })],
    ['another action', 'turnstile', good({ action: 'login' })],
    ['no action where there must be one', 'turnstile', good()],
    ['one made an hour ago', 'hcaptcha', good({ challenge_ts: new Date(Date.now() - hour).toISOString() })],
    ['one made in an hour', 'hcaptcha', good({ challenge_ts: new Date(Date.now() + hour).toISOString() })],
    ['one made never', 'hcaptcha', good({ challenge_ts: 'never' })],
    ['too little trust', 'recaptcha', good({ action: 'buy', score: 0.6 })],
    ['a score that is none', 'recaptcha', good({ action: 'buy', score: '0.9' })],
    ['too much risk', 'hcaptcha', good({ score: 0.8 })],
  ]

  it.each(bad)('refuses %s (%s)', async (_, kind, told) => {
    const url = await challengeOf(kind)
    says(told)
    expect(await hand(url)).toMatchObject({ status: 422, code: 'VERIFICATION_FAILED' })
  })

  it.each([
    ['answers with an error', () => says({}, 500)],
    ['answers something else', () => says('<html>', 200, 'text/html')],
    ['answers no object', () => says([true])],
    ['does not know our secret', () => says({ success: false, 'error-codes': ['invalid-input-secret'] })],
    ['does not answer', () => provider.answer((response) => void response.destroy())],
  ])('gives no pass while the provider %s', async (_, how) => {
    const url = await challengeOf('turnstile')
    how()
    expect(await hand(url)).toMatchObject({ status: 503, code: 'VERIFICATION_UNAVAILABLE' })
    says(good({ action: 'buy' }))
    expect(await hand(url)).toMatchObject({ status: 200 })
  })

  it('asks nobody about what can be no token', async () => {
    const url = await challengeOf('turnstile')
    const before = provider.received.length
    for (const token of [null, '', 7, 'x'.repeat(4097), 'a\nb'])
      expect(await hand(url, token)).toMatchObject({ status: 422, code: 'VERIFICATION_FAILED' })
    expect(await hand(url, { a: 1 })).toMatchObject({ status: 400, code: 'VERIFICATION_MALFORMED' })
    expect(provider.received).toHaveLength(before)
  })

  it('gives one pass for one challenge, however many tokens are good for it', async () => {
    const url = await challengeOf('hcaptcha')
    says(good())
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((token) => hand(url, token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
  })

  it('shows people the widget, and lets the page load it and nothing else', async () => {
    const page = await fetch(await challengeOf('turnstile'), { headers: { accept: 'text/html' } })
    const text = await page.text()
    expect(text).toContain(
      '<div class="cf-turnstile" data-sitekey="site-key" data-action="buy" data-callback="sallyportSolved">',
    )
    expect(page.headers.get('content-security-policy')).toContain(
      "script-src 'self' https://challenges.cloudflare.com; ",
    )
    expect(text).not.toContain(SECRET)
  })
})
