import type { ServerResponse } from 'node:http'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { eventually } from '../support/sallyport.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const caller = { principal: operator, address: null, userAgent: null, requestId: null }
const wanted = { template: 'sign_in_code', data: { code: '493027', minutes: 5 } } as const

describe.each(backends)('a text message on $name', ({ open }) => {
  let world: World
  let provider: Receiver
  let controls: Control[] = []
  let ahead = 0
  let number = 100_000

  beforeAll(async () => {
    world = await open()
    provider = await startReceiver()
  })

  afterEach(async () => {
    await Promise.all(controls.map((control) => control.stop()))
    controls = []
    ahead = 0
    provider.answer((response) => void response.writeHead(204).end())
  })

  afterAll(async () => {
    await provider?.close()
    await world?.close()
  })

  const start = async (settings: Record<string, string>) => {
    const env = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`SALLYPORT_NOTICES_${name}`, value]),
    )
    const control = await openControl(world, { env, clock: { now: () => Date.now() + ahead } })
    controls.push(control)
    return control
  }
  const webhook = (url = provider.url) =>
    start({ SMS_TRANSPORT: 'webhook', SMS_URL: url, SMS_SECRET: SECRET, SMS_TIMEOUT: '500ms' })
  const http = (more: Record<string, string> = {}) =>
    start({
      ...{ SMS_TRANSPORT: 'http', SMS_URL: provider.url, SMS_ACCOUNT: 'AC1', SMS_SECRET: 'tök:en' },
      ...{ SMS_FROM: '+4930123456', ...more },
    })
  // A number of its own for each test: one queue is shared by all.
  const send = async ({ serving: { system } }: Control, language?: 'de') => {
    number += 1
    const to = `+49151${number}`
    const more = language === undefined ? {} : { language }
    await system.store.write((tx) => system.notices.text(tx, { to, ...wanted, ...more }))
    return to
  }
  const told = (to: string) => provider.received.filter(({ body }) => body.includes(to.slice(1)))
  const textTo = async ({ serving: { system } }: Control, to: string) => {
    const texts = await system.notices.outbox({ channel: 'text' }, { before: null, limit: 100 }, caller)
    return texts.find((it) => it.to === to)
  }
  const became = async (control: Control, to: string, more: object) => {
    const fits = async () => {
      const text = (await textTo(control, to)) as Record<string, unknown> | undefined
      return text !== undefined && Object.entries(more).every(([name, value]) => text[name] === value)
    }
    expect(await eventually(fits, 15_000)).toBe(true)
    return textTo(control, to)
  }

  it('is posted to a program as signed JSON, and its code is kept nowhere afterwards', async () => {
    const control = await webhook()
    const to = await send(control, 'de')
    expect(await became(control, to, { status: 'sent' })).toMatchObject({ channel: 'text', subject: '', text: null })
    const [arrived] = told(to)
    const body = new Verifier(SECRET).verify(arrived?.body ?? '', arrived?.headers as Record<string, string>)
    expect(body).toMatchObject({
      type: 'sms.send',
      data: {
        id: arrived?.headers['webhook-id'],
        to,
        from: null,
        template: 'sign_in_code',
        text: '493027 ist Ihr Code zum Anmelden. Er gilt 5 Minuten lang. Geben Sie ihn nicht weiter.',
      },
    })
    type Row = { recipient: string; body: string }
    const { store } = control.serving.system
    const rows = await store
      .tables<{ mail: Row }>()
      .selectFrom('mail')
      .selectAll()
      .where('recipient', '=', to)
      .execute()
    expect(rows).toMatchObject([{ body: '' }])
  })

  it('is posted as a form with the account, as Twilio takes it', async () => {
    const control = await http()
    const to = await send(control)
    await became(control, to, { status: 'sent' })
    const [arrived] = told(to)
    expect(arrived?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('AC1:tök:en').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(Object.fromEntries(new URLSearchParams(arrived?.body))).toEqual({
      To: to,
      From: '+4930123456',
      Body: '493027 is your code to sign in. It works for 5 minutes. Do not tell it to anybody.',
    })
  })

  it('is given up with an Event when the provider will never take it; of the answer only the fault is kept', async () => {
    const control = await http()
    provider.answer((response) => say(response, 400, { code: 21211, message: 'invalid: 493027', status: 400 }))
    const to = await send(control)
    expect(await became(control, to, { status: 'failed' })).toMatchObject({
      attempts: 1,
      reason: 'answered 400 (code 21211)',
      text: null,
    })
    const events = await control.serving.system.audit.search({ type: 'text.failed' })
    expect(events).toMatchObject({ value: { items: [{ details: { template: 'sign_in_code', attempts: 1 } }] } })
    expect(JSON.stringify(events)).not.toMatch(/493027|\+49/)
  })

  it('is tried again when the provider could not take it, later when it asks for that', async () => {
    const control = await webhook()
    provider.answer((response) => say(response, 503, {}, { 'retry-after': '60' }))
    const to = await send(control)
    expect(await became(control, to, { attempts: 1 })).toMatchObject({ status: 'waiting', reason: 'answered 503' })
    provider.answer((response) => void response.writeHead(204).end())
    ahead += 61_000
    await became(control, to, { status: 'sent', attempts: 2 })
    const ids = told(to).map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  it('is not sent again once its code works no longer', async () => {
    const control = await webhook()
    provider.answer((response) => say(response, 429, {}))
    const to = await send(control)
    await became(control, to, { attempts: 1, status: 'waiting' })
    ahead += 5 * 60_000
    await became(control, to, { status: 'failed', reason: 'what it was for had ended before it could be sent' })
    expect(told(to)).toHaveLength(1)
  })

  it('waits for a provider that does not answer', async () => {
    const control = await webhook()
    provider.answer(() => undefined)
    const to = await send(control)
    expect(await became(control, to, { attempts: 1 })).toMatchObject({
      status: 'waiting',
      reason: 'no answer within 500 ms',
    })
  })

  it('follows no redirect', async () => {
    const other = await startReceiver()
    const control = await webhook()
    provider.answer((response) => void response.writeHead(307, { location: other.url }).end())
    const to = await send(control)
    expect(await became(control, to, { attempts: 1 })).toMatchObject({
      status: 'waiting',
      reason: 'answered 307: redirects are not followed',
    })
    expect(other.received).toHaveLength(0)
    await other.close()
  })

  it('goes to a private address only when the operator wrote the address itself', async () => {
    const url = `${provider.url.replace('127.0.0.1', 'localhost')}`
    const env = { SMS_TRANSPORT: 'webhook', SMS_URL: url, SMS_SECRET: SECRET, WEBHOOKS_ALLOW_INSECURE_HTTP: 'true' }
    const control = await start(env)
    const to = await send(control)
    const found = await became(control, to, { attempts: 1 })
    expect(found?.reason).toContain('localhost has a private address')
    expect(told(to)).toHaveLength(0)
  })

  it('is kept beside the mails where nothing is sent, and can be read for as long as its code works', async () => {
    const control = await start({ SMS_TRANSPORT: 'outbox' })
    const to = await send(control)
    expect(await textTo(control, to)).toMatchObject({ status: 'kept', text: expect.stringMatching(/^493027 is/) })
    const { key } = await control.keyWith(['notices:read'])
    const { body } = await control.call(key, 'GET', '/v1/notices/outbox?channel=text&limit=1')
    expect(body.items).toMatchObject([{ channel: 'text', to, text: expect.stringMatching(/^493027 is/) }])
    ahead += 5 * 60_000
    expect((await textTo(control, to))?.text).toBeNull()
  })

  it('is not there unless it was configured, which who offers codes can ask', async () => {
    const control = await start({})
    expect(control.serving.system.notices.canText).toBe(false)
    await expect(send(control)).rejects.toThrow('notices.sms.transport is "off"')
  })

  it.each(['4915112345', '+0151123456', '+49 151 123', '+49151123\n', '+491511234567890123', 'anna@example.com'])(
    'does not go to %j',
    async (to) => {
      const { store, notices } = (await start({ SMS_TRANSPORT: 'outbox' })).serving.system
      await expect(store.write((tx) => notices.text(tx, { to, ...wanted }))).rejects.toThrow('not a telephone number')
    },
  )
})

function say(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
