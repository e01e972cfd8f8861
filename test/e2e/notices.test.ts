import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Mailbox, smtpError, startMailbox } from '../support/mailbox.ts'
import { startReceiver } from '../support/receiver.ts'
import { eventually, openPlace } from '../support/sallyport.ts'

const leak = { key: 'billing', keyId: 'key_1', owner: 'billing', where: 'https://example.com/gist' }

describe.each(backends)('mail kept in the outbox on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string

  beforeAll(async () => {
    world = await open()
    control = await openControl(world)
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const system = () => control.serving.system
  const mail = (to: readonly string[], data: Partial<typeof leak> = {}) =>
    system().store.write((tx) => system().notices.mail(tx, { to, template: 'key_leaked', data: { ...leak, ...data } }))
  const outbox = async (query = '', key = admin) => (await control.call(key, 'GET', `/v1/notices/outbox${query}`)).body

  it('is read over HTTP, one for each address, newest first', async () => {
    await mail(['a@example.com', 'b@example.com', 'a@example.com'])
    const { items } = await outbox()
    expect(items.map((it: { to: string }) => it.to).sort()).toEqual(['a@example.com', 'b@example.com'])
    expect(items[0]).toMatchObject({
      template: 'key_leaked',
      status: 'kept',
      subject: 'The key "billing" was found in public and revoked',
      attempts: 0,
    })
    expect(items[0].text).toContain('Where it was found: https://example.com/gist')
  })

  it('is as if never written when the change it tells of is rolled back', async () => {
    const before = (await outbox()).items.length
    const undone = system().store.write(async (tx) => {
      await system().notices.mail(tx, { to: ['c@example.com'], template: 'key_leaked', data: leak })
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect((await outbox()).items).toHaveLength(before)
  })

  it('takes no line, header or other value from a value', async () => {
    await mail(['d@example.com'], {
      key: 'x"\r\nBcc: evil@example.com\r\n\r\n{where}',
      where: 'there\n\nSallyport says: pay',
    })
    const [found] = (await outbox()).items
    expect(found.subject).not.toMatch(/[\r\n]/)
    expect(found.subject).toContain('x" Bcc: evil@example.com {where}')
    expect(found.text).toContain('Where it was found: there Sallyport says: pay\n')
  })

  it.each([
    ['no address', ['nobody']],
    ['two addresses in one', ['a@example.com, b@example.com']],
    ['a header in an address', ['a@example.com\r\nBcc: b@example.com']],
    ['more than twenty addresses', Array.from({ length: 21 }, (_, i) => `a${i}@example.com`)],
  ])('refuses %s', async (_what, to) => {
    await expect(mail(to)).rejects.toThrow(/mail/)
  })

  it('is read with notices:read only', async () => {
    const other = (await control.keyWith(['keys:read'])).key
    expect((await control.call(other, 'GET', '/v1/notices/outbox')).status).toBe(403)
    const reader = (await control.keyWith(['notices:read'])).key
    expect((await control.call(reader, 'GET', '/v1/notices/outbox')).status).toBe(200)
    expect((await control.call(null, 'GET', '/v1/notices/outbox')).status).toBe(401)
  })
})

describe.each(backends)('mail by SMTP on $name', ({ open }) => {
  let world: World
  let mailbox: Mailbox
  let controls: Control[] = []
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }

  beforeEach(async () => {
    world = await open()
    mailbox = await startMailbox()
    ahead = 0
  })

  afterEach(async () => {
    await Promise.all(controls.map((control) => control.stop()))
    controls = []
    await mailbox.close()
    await world.close()
  })

  const start = async (more: Record<string, string> = {}, at = clock) => {
    const env = {
      SALLYPORT_NOTICES_MAIL_TRANSPORT: 'smtp',
      SALLYPORT_NOTICES_MAIL_HOST: '127.0.0.1',
      SALLYPORT_NOTICES_MAIL_PORT: String(mailbox.port),
      SALLYPORT_NOTICES_MAIL_SECURITY: 'plaintext',
      SALLYPORT_NOTICES_MAIL_FROM: 'sallyport@example.com',
      ...more,
    }
    const control = await openControl(world, { env, clock: at })
    controls.push(control)
    return control
  }
  const mail = ({ serving: { system } }: Control, to: readonly string[]) =>
    system.store.write((tx) => system.notices.mail(tx, { to, template: 'key_leaked', data: leak }))
  const mails = async ({ serving: { system } }: Control) =>
    system.notices.outbox({}, { before: null, limit: 100 }, nobody)
  const became = (control: Control, status: string) =>
    eventually(async () => (await mails(control)).every((it) => it.status === status), 8000)

  it('leaves right after the commit, and says that it is automatic', async () => {
    const control = await start()
    await mail(control, ['a@example.com'])
    expect(await became(control, 'sent')).toBe(true)
    const [one] = mailbox.arrived
    expect(one).toMatchObject({ to: ['a@example.com'], from: 'sallyport@example.com' })
    const id = (await mails(control))[0]?.id
    expect(mailbox.headers(one)).toMatchObject({
      'message-id': `<${id}@example.com>`,
      subject: expect.stringContaining('The_key_=22billing=22_was_found'),
      'auto-submitted': 'auto-generated',
      'content-type': 'text/plain; charset=utf-8',
    })
  })

  it('is tried again with the same Message-ID when the server could not take it', async () => {
    const control = await start()
    mailbox.answer(() => smtpError(451, 'try again later'))
    await mail(control, ['a@example.com'])
    expect(await eventually(async () => (await mails(control))[0]?.attempts === 1, 8000)).toBe(true)
    expect((await mails(control))[0]).toMatchObject({ status: 'waiting', reason: expect.stringContaining('try again') })
    mailbox.answer(() => null)
    ahead += 10_000
    expect(await became(control, 'sent')).toBe(true)
    const ids = mailbox.arrived.map((it) => mailbox.headers(it)['message-id'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  it('is given up at once, with an Event, when the server will never take it', async () => {
    const control = await start()
    mailbox.answer((it) => (it.to[0] === 'gone@example.com' ? smtpError(550, 'no such user') : null))
    await mail(control, ['gone@example.com', 'here@example.com'])
    expect(await eventually(async () => (await mails(control)).every(({ attempts }) => attempts === 1), 8000)).toBe(
      true,
    )
    const states = (await mails(control)).map(({ to, status }) => [to, status]).sort()
    expect(states).toEqual([
      ['gone@example.com', 'failed'],
      ['here@example.com', 'sent'],
    ])
    const told = await control.serving.system.audit.search({ type: 'mail.failed' })
    expect(told).toMatchObject({
      value: { items: [{ outcome: 'failure', details: { template: 'key_leaked', attempts: 1 } }] },
    })
    expect(JSON.stringify(told)).not.toContain('gone@example.com')
  })

  it('waits for a server that is away, and is given up with an Event after eight attempts', async () => {
    const control = await start({ SALLYPORT_NOTICES_MAIL_PORT: '1' })
    await mail(control, ['a@example.com'])
    for (let i = 1; i <= 8; i++) {
      expect(await eventually(async () => (await mails(control))[0]?.attempts === i, 8000)).toBe(true)
      expect((await mails(control))[0]?.status).toBe(i < 8 ? 'waiting' : 'failed')
      ahead += 29 * 3_600_000
    }
    expect(await control.serving.system.audit.search({ type: 'mail.failed' })).toMatchObject({ value: { items: [{}] } })
  })

  it('does not leave when the connection cannot be protected', async () => {
    const control = await start({ SALLYPORT_NOTICES_MAIL_SECURITY: 'starttls' })
    await mail(control, ['a@example.com'])
    expect(await eventually(async () => (await mails(control))[0]?.attempts === 1, 8000)).toBe(true)
    expect((await mails(control))[0]?.status).toBe('waiting')
    expect(mailbox.arrived).toHaveLength(0)
  })

  it('does not leave to a server that cannot prove its name', async () => {
    const other = await startMailbox({ startTls: true })
    const security = { SALLYPORT_NOTICES_MAIL_SECURITY: 'starttls', SALLYPORT_NOTICES_MAIL_PORT: String(other.port) }
    const control = await start(security)
    await mail(control, ['a@example.com'])
    expect(await eventually(async () => (await mails(control))[0]?.attempts === 1, 8000)).toBe(true)
    expect((await mails(control))[0]?.reason).toMatch(/certificate/i)
    expect(other.arrived).toHaveLength(0)
    await other.close()
  })

  it('is sent once each by two processes', async () => {
    const [one, two] = await Promise.all([start(), start()])
    const to = (start: number) => Array.from({ length: 10 }, (_, i) => `a${start + i}@example.com`)
    await Promise.all([mail(one, to(0)), mail(two, to(10)), mail(one, to(20)), mail(two, to(30))])
    expect(await became(one, 'sent')).toBe(true)
    const arrived = mailbox.arrived.flatMap(({ to }) => to)
    expect(arrived).toHaveLength(40)
    expect(new Set(arrived).size).toBe(40)
  })

  it('is sent by another process when the first is lost in the middle, as the same mail', async () => {
    const one = await start()
    let end = (_: null): void => undefined
    mailbox.answer(() => new Promise((resolve) => (end = resolve)))
    await mail(one, ['a@example.com'])
    expect(await eventually(async () => mailbox.arrived.length === 1, 8000)).toBe(true)
    mailbox.answer(() => null)
    // Its clock is past the lease of the first, whose mail server has not answered yet.
    const later = { now: () => Date.now() + 300_000 }
    const two = await start({}, later)
    expect(await became(two, 'sent')).toBe(true)
    end(null)
    const ids = mailbox.arrived.map((it) => mailbox.headers(it)['message-id'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })
})

describe('the commands about mail and webhooks', () => {
  it('make, show, change, test and remove a webhook, and show the outbox', { timeout: 90_000 }, async () => {
    const world = await (backends[0] as (typeof backends)[number]).open()
    const receiver = await startReceiver()
    try {
      const place = await openPlace(
        world,
        [
          'notices: { webhooks: { allowInsecureHttp: true, allowPrivateNetworks: [127.0.0.0/8] } }',
          'guard: { outbound: { allowAnyPort: true } }',
        ].join('\n'),
      )
      const made = await place.json(['webhooks', 'create', '--name', 'x', '--url', receiver.url, '--event', 'key.*'])
      expect(made).toMatchObject({ secret: expect.stringMatching(/^whsec_/), events: ['key.*'] })
      const id = String(made.id)
      const tested = await place.command(['webhooks', 'test', id])
      expect(tested.stdout).toContain('The test was delivered, answered 204')
      expect((await place.command(['webhooks', 'deliveries', id])).stdout).toContain('webhook.test')
      expect(await place.json(['webhooks', 'change', id, '--disable'])).toMatchObject({ enabled: false })
      expect((await place.command(['webhooks', 'list'])).stdout).toContain('disabled')
      expect((await place.command(['webhooks', 'rotate-secret', id])).stdout).toContain('whsec_')
      expect((await place.command(['webhooks', 'events'])).stdout).toContain('key.used')
      const wrong = await place.command(['webhooks', 'create', '--name', 'x', '--url', 'ftp://x', '--event', 'key.*'])
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('url: must')])
      expect((await place.command(['webhooks', 'create', '--name', 'x'])).code).toBe(2)
      expect((await place.command(['webhooks', 'resend', 'dlv_1hq3v0c9kd5m7w2x8p4t6r1a'])).code).toBe(1)
      expect((await place.command(['webhooks', 'remove', id])).code).toBe(0)
      expect((await place.command(['notices', 'outbox'])).stdout).toContain('Nothing there yet.')
    } finally {
      await receiver.close()
      await world.close()
    }
  })
})

const nobody = { principal: operator, address: null, userAgent: null, requestId: null }
