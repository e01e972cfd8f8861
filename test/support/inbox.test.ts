import { afterAll, beforeAll, expect, it } from 'vitest'
import { backends, type World } from './backends.ts'
import { type Control, openControl } from './control.ts'
import { mailsTo, waitForMail } from './inbox.ts'

let world: World
let control: Control

beforeAll(async () => {
  const [small] = backends
  if (small === undefined) throw new Error('there is always one')
  world = await small.open()
  control = await openControl(world)
})

afterAll(async () => {
  await control?.stop()
  await world?.close()
})

const write = (to: string, where: string) =>
  control.serving.system.store.write((tx) =>
    control.serving.system.notices.mail(tx, {
      to: [to],
      template: 'key_leaked',
      data: { key: 'billing', keyId: 'key_1', owner: 'billing', where },
    }),
  )

it('a mail is waited for, and its link and code are found', async () => {
  const waiting = waitForMail(control, 'ada@example.com', { template: 'key_leaked' })
  await write('eve@example.com', 'https://example.com/not-this')
  await write('ada@example.com', 'https://example.com/a?token=x_-1.y. Say 654321a, a654321, 1234567 or 123456.')
  expect(await waiting).toMatchObject({
    template: 'key_leaked',
    subject: expect.stringContaining('billing'),
    text: expect.stringContaining('token='),
    link: 'https://example.com/a?token=x_-1.y',
    code: '123456',
  })
})

it('the newest one counts, also as the one after another', async () => {
  await write('bob@example.com', 'nowhere')
  const first = await waitForMail(control, 'bob@example.com')
  expect([first.link, first.code]).toEqual([null, null])
  const waiting = waitForMail(control, 'bob@example.com', { after: first.id })
  await write('bob@example.com', 'http://localhost:4000/second')
  expect((await waiting).link).toBe('http://localhost:4000/second')
  expect(await mailsTo(control, 'bob@example.com')).toHaveLength(2)
  expect(await mailsTo(control, 'bob@example.com', { template: 'key_rotated' })).toEqual([])
  expect(await mailsTo(control, 'nobody@example.com')).toEqual([])
})
