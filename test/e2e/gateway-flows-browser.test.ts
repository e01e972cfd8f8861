import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Browser, openBrowser } from '../support/chromium.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { openPlace } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { shop: { targets: ["${upstream}"] } }
  routes:
    - id: sign-up
      match: { path: /sign-up }
      upstream: shop
      public: true
      flow: { action: sign-up, velocity: [{ by: address, max: 1, per: hour }], verify: { bits: 12 } }
`
const [smallest] = backends

describe.skipIf(!canUse.chromium)('a person with a browser, asked for a verification', { timeout: 60_000 }, () => {
  let world: World
  let control: Control
  let shop: Receiver
  let browser: Browser
  let gateway: string

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    shop = await startReceiver()
    shop.answer((response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('welcome'))
    const place = await openPlace(world, settings(new URL(shop.url).origin))
    control = await openControl(world, { role: 'all', env: { ...place.env } })
    // Browsers take secure cookies of this name only.
    gateway = control.serving.gateway?.replace('127.0.0.1', 'localhost') ?? ''
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await control?.stop()
    await shop?.close()
    await world?.close()
  })

  it('has the page work, and does again what they wanted to do, once', async () => {
    const page = await browser.openPage({ baseURL: gateway })
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    const goTo = async () => (await page.goto('/sign-up'))?.status()
    expect(await goTo()).toBe(200)
    const refused = await page.goto('/sign-up')
    expect(refused?.status()).toBe(428)
    faults.length = 0
    await page.goto(refused?.headers()['x-verify-url'] ?? '')
    await page.getByRole('heading', { name: 'One moment' }).waitFor()
    await page.getByRole('status').getByText('Done. Go back').waitFor()
    expect(faults).toEqual([])
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(await goTo()).toBe(200)
    expect(shop.received.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined])
    expect(await goTo()).toBe(428)
    await page.context().close()
  })

  it('is told where a challenge was solved already', async () => {
    const page = await browser.openPage({ baseURL: gateway })
    const refused = await page.goto('/sign-up')
    const path = refused?.headers()['x-verify-url'] ?? ''
    await page.goto(path)
    await page.getByRole('status').getByText('Done.').waitFor()
    await page.reload()
    await page.getByRole('status').getByText('A challenge is solved once.').waitFor()
    await page.context().close()
  })
})
