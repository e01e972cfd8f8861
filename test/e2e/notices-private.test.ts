import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Mailbox, smtpError, startMailbox } from '../support/mailbox.ts'
import { eventually } from '../support/sallyport.ts'

const HOUR = 3_600_000
const TOKEN = 'Qm9keU9mQVNlY3JldExpbms'
const link = `https://id.example.com/reset?token=${TOKEN}`
const data = { name: 'Jürgen Größe', link, minutes: 30 }
const caller = { principal: operator, address: null, userAgent: null, requestId: null }

describe.each(backends)('a mail with a link, by SMTP on $name', ({ open }) => {
  let world: World
  let mailbox: Mailbox
  let control: Control
  let ahead = 0

  beforeAll(async () => {
    world = await open()
    mailbox = await startMailbox()
    const env = {
      SALLYPORT_NOTICES_MAIL_TRANSPORT: 'smtp',
      SALLYPORT_NOTICES_MAIL_HOST: '127.0.0.1',
      SALLYPORT_NOTICES_MAIL_PORT: String(mailbox.port),
      SALLYPORT_NOTICES_MAIL_SECURITY: 'plaintext',
      SALLYPORT_NOTICES_MAIL_FROM: 'sallyport@example.com',
      SALLYPORT_NOTICES_MAIL_LANGUAGE: 'de',
    }
    control = await openControl(world, { env, clock: { now: () => Date.now() + ahead } })
  })

  afterAll(async () => {
    await control?.stop()
    await mailbox?.close()
    await world?.close()
  })

  const mail = (to: string, more: { language?: 'en' | 'de' } = {}) => {
    const { store, notices } = control.serving.system
    return store.write((tx) => notices.mail(tx, { to: [to], template: 'reset_password', data, ...more }))
  }
  const mailTo = async (to: string) => {
    const mails = await control.serving.system.notices.outbox({}, { before: null, limit: 100 }, caller)
    return mails.find((it) => it.to === to)
  }
  const became = (to: string, status: string) => eventually(async () => (await mailTo(to))?.status === status, 15_000)

  it('arrives in German as it was written, umlauts in subject and text', async () => {
    await mail('de@example.com')
    expect(await became('de@example.com', 'sent')).toBe(true)
    const arrived = mailbox.arrived.find(({ to }) => to[0] === 'de@example.com')
    const headers = mailbox.headers(arrived)
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(headers.subject).toBe('=?UTF-8?Q?W=C3=A4hlen_Sie_ein_neues_Passwort?=')
    const text = textOf(arrived?.source ?? '', headers['content-transfer-encoding'] ?? '')
    expect(text).toContain('Guten Tag Jürgen Größe,')
    expect(text).toContain('Er funktioniert einmal und gilt 30 Minuten lang.')
    expect(text.split('\n')).toContain(link)
  })

  it('arrives in English for whoever reads that', async () => {
    await mail('en@example.com', { language: 'en' })
    expect(await became('en@example.com', 'sent')).toBe(true)
    const arrived = mailbox.arrived.find(({ to }) => to[0] === 'en@example.com')
    expect(mailbox.headers(arrived).subject).toBe('Choose a new password')
  })

  it('cannot be found in the database while it waits, and not by whoever may read the outbox', async () => {
    mailbox.answer(() => smtpError(451, 'try again later'))
    await mail('waiting@example.com')
    expect(await eventually(async () => (await mailTo('waiting@example.com'))?.attempts === 1, 15_000)).toBe(true)
    expect(await mailTo('waiting@example.com')).toMatchObject({ status: 'waiting', text: null })
    await expectNotStored()
  })

  it('is blank once it was sent; its subject and what became of it stay', async () => {
    mailbox.answer(() => null)
    ahead += 60_000
    expect(await became('waiting@example.com', 'sent')).toBe(true)
    const row = await rowOf('waiting@example.com')
    expect(row).toMatchObject({ body: '', subject: 'Wählen Sie ein neues Passwort', status: 'sent' })
    await expectNotStored()
  })

  it('is not sent once its link works no longer: it is given up with an Event, and blank', async () => {
    mailbox.answer(() => smtpError(451, 'try again later'))
    await mail('late@example.com')
    expect(await eventually(async () => (await mailTo('late@example.com'))?.attempts === 1, 15_000)).toBe(true)
    mailbox.answer(() => null)
    ahead += HOUR
    expect(await became('late@example.com', 'failed')).toBe(true)
    expect(await rowOf('late@example.com')).toMatchObject({ body: '', reason: expect.stringContaining('had ended') })
    expect(mailbox.arrived.filter(({ to }) => to[0] === 'late@example.com')).toHaveLength(1)
    const told = await control.serving.system.audit.search({ type: 'mail.failed' })
    expect(told).toMatchObject({ value: { items: [{ details: { template: 'reset_password' } }] } })
  })

  it('is blank when it was given up', async () => {
    mailbox.answer(() => smtpError(550, 'no such user'))
    await mail('gone@example.com')
    expect(await became('gone@example.com', 'failed')).toBe(true)
    expect(await rowOf('gone@example.com')).toMatchObject({ body: '' })
  })

  async function rowOf(to: string) {
    type Row = { recipient: string; body: string; subject: string; status: string; reason: string | null }
    const { store } = control.serving.system
    return store.tables<{ mail: Row }>().selectFrom('mail').selectAll().where('recipient', '=', to).executeTakeFirst()
  }

  async function expectNotStored(): Promise<void> {
    const stored = await everythingStored()
    expect(stored.some(([, text]) => text.includes('reset_password'))).toBe(true)
    for (const [name, text] of stored)
      expect({ in: name, found: text.includes(TOKEN) }).toEqual({ in: name, found: false })
  }

  async function everythingStored(): Promise<[string, string][]> {
    if (world.databaseUrl.startsWith('sqlite:')) return filesOf(world.dataDir)
    const client = new Client({ connectionString: world.databaseUrl })
    await client.connect()
    try {
      const { rows } = await client.query('select t::text as row from mail t')
      return [['mail', rows.map(({ row }) => row).join('\n')]]
    } finally {
      await client.end()
    }
  }
})

describe.each(backends)('a mail with a link, kept in the outbox on $name', ({ open }) => {
  let world: World
  let control: Control
  let ahead = 0

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock: { now: () => Date.now() + ahead } })
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const newest = async () => {
    const { notices } = control.serving.system
    return (await notices.outbox({}, { before: null, limit: 1 }, caller))[0]
  }

  it('can be read for as long as the link works, also when data keys were replaced meanwhile', async () => {
    const { store, notices, secrets } = control.serving.system
    await store.write((tx) => notices.mail(tx, { to: ['a@example.com'], template: 'reset_password', data }))
    expect((await newest())?.text).toContain(`\n${link}\n`)
    expect(await secrets.rotate({ what: 'data' })).toBeGreaterThan(0)
    ahead += 60_000
    expect(await secrets.reseal()).toContain('notices.mail')
    expect((await newest())?.text).toContain(`\n${link}\n`)
    ahead += HOUR
    expect(await newest()).toMatchObject({ subject: 'Choose a new password', status: 'kept', text: null })
  })

  it('keeps what lets nobody in readable', async () => {
    const { store, notices } = control.serving.system
    await store.write((tx) =>
      notices.mail(tx, { to: ['a@example.com'], template: 'account_disabled', data: { name: 'Ada' } }),
    )
    ahead += 24 * HOUR
    expect((await newest())?.text).toContain('Hello Ada,')
  })
})

function textOf(source: string, encoding: string): string {
  const body = source.slice(source.indexOf('\r\n\r\n') + 4).replaceAll('\r\n', '\n')
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll('=\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

async function filesOf(folder: string): Promise<[string, string][]> {
  const names = await readdir(folder)
  return Promise.all(
    names.map(
      async (name): Promise<[string, string]> => [name, (await readFile(join(folder, name))).toString('latin1')],
    ),
  )
}
