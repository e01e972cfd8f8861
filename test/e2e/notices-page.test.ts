import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const link = 'https://id.example.com/reset?token=abc&x=1'

describe.each(backends)('the outbox as a page on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    await mkdir(join(world.dataDir, 'mails', 'de'), { recursive: true })
    await writeFile(join(world.dataDir, 'mails', 'de', 'new_device.txt'), 'Subject: Neu: {device}\n\nVon {where}.')
    const env = {
      SALLYPORT_NOTICES_OUTBOX_PAGE: 'true',
      SALLYPORT_NOTICES_MAIL_TEMPLATES: 'mails',
      SALLYPORT_NOTICES_SMS_TRANSPORT: 'outbox',
    }
    control = await openControl(world, { env })
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const page = async () => (await fetch(`${control.url}/outbox`)).text()

  it('says so when there is nothing yet', async () => {
    expect(await page()).toContain('Nothing there yet.')
  })

  it('shows mails and text messages, newest first, with their links to click', async () => {
    const { store, notices } = control.serving.system
    await store.write(async (tx) => {
      const data = { name: 'Ada', link, minutes: 30 }
      await notices.mail(tx, { to: ['ada@example.com'], template: 'reset_password', data })
      await notices.text(tx, { to: '+4930123456', template: 'sign_in_code', data: { code: '493027', minutes: 5 } })
    })
    const html = await page()
    expect(html).toContain('<a href="https://id.example.com/reset?token=abc&amp;x=1" rel="noreferrer">')
    expect(html).toContain('>Choose a new password</h2>')
    expect(html).toContain('493027 is your code to sign in.')
    expect(html.match(/<article /g)).toHaveLength(2)
  })

  it('shows a mail that the operator wrote as they wrote it, and nothing in it is more than text', async () => {
    const { store, notices } = control.serving.system
    const device = `<script>alert("x")</script>'&`
    const data = { name: 'Ada', device, when: 0, where: '<img src=x onerror=alert(1)>' }
    await store.write((tx) =>
      notices.mail(tx, { to: ['ada@example.com'], template: 'new_device', data, language: 'de' }),
    )
    const html = await page()
    expect(html).toContain('Neu: &lt;script&gt;alert(&quot;x&quot;)&lt; script&gt;&#39;&amp;</h2>')
    expect(html).toContain('Von &lt;img src=x onerror=alert(1)&gt;.')
    expect(html).not.toMatch(/<script|<img/i)
  })

  it('is in a browser without rights: nothing loads, runs, frames it or learns where a link was clicked', async () => {
    const { status, headers } = await fetch(`${control.url}/outbox`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    )
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each(['localhost', '127.0.0.1', '[::1]', 'sallyport.localhost'])('is shown under %s', async (host) => {
    expect((await under(host)).status).toBe(200)
  })

  it.each(['attacker.example', 'localhost.attacker.example', '127.0.0.1.attacker.example'])(
    'is not shown under %s, which whoever owns the name could point here',
    async (host) => {
      const { status, body } = await under(host)
      expect([status, JSON.parse(body).code]).toEqual([421, 'OUTBOX_NOT_HERE'])
    },
  )

  it('is said aloud at the start', () => {
    expect(control.serving.system.warnings.join()).toContain('notices.outboxPage is on')
  })

  function under(host: string): Promise<{ status: number | undefined; body: string }> {
    const { port } = new URL(control.url)
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: '/outbox', headers: { host: `${host}:${port}` } })
      asked.on('error', reject)
      asked.on('response', async (answer) => resolve({ status: answer.statusCode, body: await text(answer) }))
      asked.end()
    })
  }
})

describe('an installation without the page', () => {
  it('has none, and does not start with a mail that cannot be used', async () => {
    const [small] = backends
    if (small === undefined) throw new Error('there is always one')
    const world = await small.open()
    const control = await openControl(world)
    expect((await fetch(`${control.url}/outbox`)).status).toBe(404)
    await control.stop()
    await mkdir(join(world.dataDir, 'mails', 'en'), { recursive: true })
    const file = join(world.dataDir, 'mails', 'en', 'reset_password.txt')
    await writeFile(file, 'Subject: Reset\n\nHello {name}')
    const env = { SALLYPORT_NOTICES_MAIL_TEMPLATES: 'mails' }
    await expect(openControl(world, { env })).rejects.toThrow(
      `notices.mail.templates: ${file} lacks {link} in its text, which is what the mail is for`,
    )
    await world.close()
  })
})
