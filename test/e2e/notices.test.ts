import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

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
