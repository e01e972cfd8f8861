import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openControl } from '../support/control.ts'
import { openPlace, type Place } from '../support/sallyport.ts'

const [small] = backends

describe.skipIf(small === undefined)('rotations on the command line', { timeout: 120_000 }, () => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await (small as NonNullable<typeof small>).open()
    place = await openPlace(world)
  })

  afterAll(() => world?.close())

  it('a key is put on a schedule, rotated, looked at and rolled back', async () => {
    const { id } = await place.json(['keys', 'create', '--name', 'billing', '--classification', 'MEDIUM'])
    const scheduled = await place.command(['keys', 'schedule', String(id), '--every', 'classification'])
    expect(scheduled.stdout).toContain('is rotated next on')
    const rotated = await place.command(['keys', 'rotate', String(id), '--grace', '1h'])
    expect(rotated.stdout).toMatch(/^sp_live_/)
    expect(rotated.stdout).toContain(`sallyport keys rotation ${id} --report`)
    const seen = await place.command(['keys', 'rotation', String(id)])
    expect(seen.stdout).toMatch(/was replaced by key_.* works until/)
    expect((await place.command(['keys', 'rotation', String(id), '--report'])).stdout).toContain(`Nobody used ${id}`)
    const back = await place.command(['keys', 'rollback', String(id), '--reason', 'lost'])
    expect(back.stdout).toContain(`${id} lives on until`)
    expect((await place.command(['keys', 'schedule', String(id)])).code).toBe(2)
    expect((await place.command(['keys', 'schedule', String(id), '--off'])).stdout).toContain('by hand only')
  })

  it('a rotation that waits says what to do next, for both people', async () => {
    const { id } = await place.json(['keys', 'create', '--name', 'vault', '--classification', 'CRITICAL'])
    const asked = await place.command(['keys', 'rotate', String(id), '--reason', 'yearly'])
    expect(asked.code).toBe(0)
    const [approval = ''] = /apr_\w+/.exec(asked.stdout) ?? []
    expect(asked.stdout).toContain(`sallyport approvals approve ${approval}`)
    expect(asked.stdout).toContain(`sallyport keys rotate ${id} --approval ${approval}`)
    const own = await place.command(['approvals', 'approve', approval])
    expect(own.code).toBe(1)
    expect(own.stderr).toContain('APPROVAL_OWN')
    expect((await place.command(['approvals', 'list', '--state', 'pending'])).stdout).toContain(approval)

    const control = await openControl(world, { env: { ...place.env } })
    const other = await control.keyWith(['keys:approve'])
    expect((await control.call(other.key, 'POST', `/v1/approvals/${approval}/approve`, {})).status).toBe(200)
    await control.stop()
    const collected = await place.command(['keys', 'rotate', String(id), '--approval', approval])
    expect(collected.stdout).toMatch(/^sp_live_/)
    expect((await place.json(['approvals', 'show', approval])).state).toBe('used')
  })
})
