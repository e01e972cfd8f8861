import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { openPlace } from '../support/sallyport.ts'
import { workOn } from '../support/verification.ts'

const settings = (upstream: string) => `
gateway:
  trustedProxies: [127.0.0.1]
  upstreams: { shop: { targets: ["${upstream}"] } }
  routes:
    - id: claim
      match: { path: "/claims/{id}" }
      upstream: shop
      public: true
      flow:
        action: claim
        object: { name: id }
        velocity: [{ by: address+object, max: 1, per: hour }]
        deviceHeader: X-Device-Id
        verify: { bits: 4, within: 1m, pass: 2m }
    - { id: closed, match: { path: /closed }, upstream: shop, authenticate: [apiKey], require: { level: known } }
`

type Node = Pick<Control, 'serving'>

async function openNode(
  world: World,
  shop: Receiver,
  options: Parameters<typeof openControl>[1] = {},
): Promise<Control> {
  const place = await openPlace(world, settings(new URL(shop.url).origin))
  const { SALLYPORT_MASTER_KEY: _, ...env } = place.env
  return openControl(world, { role: 'all', ...options, env })
}

async function claim(node: Node, item: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${node.serving.gateway}/claims/${item}`, { headers })
  return { status: answer.status, verify: answer.headers.get('x-verify-url') }
}

async function challengeOf(node: Node, item: string, headers: Record<string, string> = {}): Promise<string> {
  expect(await claim(node, item, headers)).toMatchObject({ status: 204 })
  const { status, verify } = await claim(node, item, headers)
  expect(status).toBe(428)
  return verify ?? ''
}

async function solutionOf(node: Node, path: string): Promise<string> {
  return workOn((await (await fetch(`${node.serving.gateway}${path}`)).json()) as { seed: string; bits: number })
}

async function hand(node: Node, path: string, nonce: string) {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${node.serving.gateway}${path}`, {
    method: 'POST',
    headers,
    body: `{"nonce":"${nonce}"}`,
  })
  return { status: answer.status, ...((await answer.json()) as { code?: string; pass?: string }) }
}

const [small, large] = backends

describe('a verification has its time, and leaves nothing behind', { timeout: 60_000 }, () => {
  let world: World
  let shop: Receiver
  let node: Control
  let now = Date.UTC(2030, 0, 1)
  let item = 0

  beforeAll(async () => {
    if (small === undefined) throw new Error('no back end')
    world = await small.open()
    shop = await startReceiver()
    node = await openNode(world, shop, { clock: { now: () => now } })
  })
  beforeEach(() => {
    item++
  })
  afterAll(async () => {
    await node?.stop()
    await shop?.close()
    await world?.close()
  })

  it('is over when its challenge is', async () => {
    const path = await challengeOf(node, `i${item}`)
    const nonce = await solutionOf(node, path)
    now += 60_000
    expect(await hand(node, path, nonce)).toMatchObject({ status: 410, code: 'VERIFICATION_EXPIRED' })
    expect((await fetch(`${node.serving.gateway}${path}`)).status).toBe(410)
  })

  it('is over when its pass is', async () => {
    const path = await challengeOf(node, `i${item}`)
    const { pass = '' } = await hand(node, path, await solutionOf(node, path))
    now += 120_000
    expect(await claim(node, `i${item}`, { 'x-sallyport-pass': pass })).toMatchObject({ status: 428 })
  })

  it('is not needed any more when the velocity has come back', async () => {
    await challengeOf(node, `i${item}`)
    now += 3_700_000
    expect(await claim(node, `i${item}`)).toMatchObject({ status: 204 })
  })

  it('takes no memory for challenges that nobody solves', async () => {
    await challengeOf(node, `i${item}`)
    const before = node.serving.system.limits.size()
    const challenges = new Set<string | null>()
    for (let i = 0; i < 100; i++) challenges.add((await claim(node, `i${item}`)).verify)
    expect(challenges.size).toBe(100)
    expect(node.serving.system.limits.size()).toBe(before)
  })

  it('belongs to the address that it was given to, of whom nobody knows', async () => {
    const path = await challengeOf(node, `i${item}`, { 'x-forwarded-for': '203.0.113.7' })
    const { pass = '' } = await hand(node, path, await solutionOf(node, path))
    const there = { 'x-forwarded-for': '203.0.113.8' }
    await challengeOf(node, `i${item}`, there)
    expect(await claim(node, `i${item}`, { ...there, 'x-sallyport-pass': pass })).toMatchObject({ status: 428 })
    const here = { 'x-forwarded-for': '203.0.113.7', 'x-sallyport-pass': pass }
    expect(await claim(node, `i${item}`, here)).toMatchObject({ status: 204 })
  })

  it('is tried sixty times a minute by one who collects challenges, and still by others', async () => {
    const [collector, other] = [{ 'x-forwarded-for': '203.0.113.30' }, { 'x-forwarded-for': '203.0.113.31' }]
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) {
      const path = await challengeOf(node, `${i}-${item}`, collector)
      for (let j = 0; j < 9; j++) statuses.push((await hand(node, path, '!')).status)
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(3)
    const path = await challengeOf(node, `x${item}`, other)
    expect(await hand(node, path, await solutionOf(node, path))).toMatchObject({ status: 200 })
  })

  it('comes sooner for who was refused much of late and changes devices, and for nobody else', async () => {
    const [guilty, other] = [{ 'x-forwarded-for': '203.0.113.20' }, { 'x-forwarded-for': '203.0.113.21' }]
    const on = (id: string) => ({ 'x-device-id': id })
    for (const who of [guilty, other])
      expect(await claim(node, `i${item}`, { ...who, ...on('a') })).toMatchObject({ status: 204 })
    for (let i = 0; i < 10; i++)
      expect((await fetch(`${node.serving.gateway}/closed`, { headers: guilty })).status).toBe(401)
    // 0.20 nobody, 0.40 refusals, 0.06 no country, and 0.16 another device.
    for (const [who, status] of [
      [guilty, 428],
      [other, 204],
    ] as const)
      expect(await claim(node, `j${item}`, { ...who, ...on('b') })).toMatchObject({ status })
    expect(await claim(node, `j${item}`, { ...guilty, ...on('a') })).toMatchObject({ status: 204 })
    now += 3_600_000
    expect(await claim(node, `k${item}`, { ...guilty, ...on('c') })).toMatchObject({ status: 204 })
  })
})

describe.skipIf(!canUse.redis || large === undefined)('a verification, on two nodes', { timeout: 60_000 }, () => {
  let world: World
  let shop: Receiver
  let nodes: [Control, Control]

  beforeAll(async () => {
    if (large === undefined) throw new Error('no back end')
    world = await large.open()
    shop = await startReceiver()
    nodes = [await openNode(world, shop), await openNode(world, shop)]
  })
  afterAll(async () => {
    for (const node of nodes ?? []) await node.stop()
    await shop?.close()
    await world?.close()
  })

  it('is given by one, solved at the other, and used once on both', async () => {
    const [one, two] = nodes
    const path = await challengeOf(one, 'a')
    expect(await claim(two, 'a')).toMatchObject({ status: 428 })
    const nonce = await solutionOf(two, path)
    const solved = await Promise.all([one, two, one, two].map((node) => hand(node, path, nonce)))
    expect(solved.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
    const pass = solved.find((it) => it.pass !== undefined)?.pass ?? ''
    const shown = { 'x-sallyport-pass': pass }
    const used = await Promise.all([one, two, one, two].map((node) => claim(node, 'a', shown)))
    expect(used.map(({ status }) => status).sort()).toEqual([204, 428, 428, 428])
  })
})
