import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

describe.each(backends)('the way out for addresses of strangers on $name', ({ open }) => {
  let world: World
  let control: Control
  let receiver: Receiver

  beforeAll(async () => {
    world = await open()
    receiver = await startReceiver()
    const env = {
      SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
      SALLYPORT_GUARD_OUTBOUND_ALLOW_INSECURE_HTTP: 'true',
      SALLYPORT_GUARD_OUTBOUND_ALLOW: '["127.0.0.1", "*.example"]',
      SALLYPORT_GUARD_OUTBOUND_ALLOW_PRIVATE_NETWORKS: '["127.0.0.1"]',
    }
    control = await openControl(world, { env })
  })

  afterAll(async () => {
    await control?.stop()
    await receiver?.close()
    await world?.close()
  })

  it('is that of the configuration, and what it refuses stands in the record', async () => {
    const { outbound } = control.serving.system
    const reached = await outbound.safeFetch(receiver.url)
    expect(reached).toMatchObject({ ok: true, value: { status: 204 } })
    const elsewhere = receiver.url.replace('127.0.0.1', '127.0.0.2')
    for (const url of [elsewhere, 'https://93.184.215.14/', 'https://169.254.169.254/latest/'])
      expect(await outbound.safeFetch(url, { purpose: 'test' })).toMatchObject({
        problem: { code: 'OUTBOUND_REFUSED' },
      })
    await control.serving.system.audit.flush()
    const { key } = await control.keyWith(['audit:read'])
    const { body } = await control.call(key, 'GET', '/v1/audit/events?type=outbound.refused')
    expect(body.items.map(({ details }: { details: { why: string } }) => details.why).sort()).toEqual([
      'metadata',
      'not_allowed',
      'private_address',
    ])
    expect(body.items[0]).toMatchObject({ outcome: 'denied', code: 'OUTBOUND_REFUSED', details: { purpose: 'test' } })
    expect(receiver.received).toHaveLength(1)
  })
})
