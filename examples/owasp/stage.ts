import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createSallyport } from 'sallyport'
import { LAMP_OF_ANA } from './attacks/api1.ts'
import { type Door, openDoor, send, told } from './door.ts'
import { startCarrier, startInside } from './others.ts'
import { careful, careless, type Outside } from './outside.ts'
import { createShop } from './shop.ts'

const COMMAND = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url))
const FILE = fileURLToPath(new URL('sallyport.yaml', import.meta.url))
const run = promisify(execFile)

/** The shop by itself and behind the gateway, with everybody else who is needed. */
export type Stage = AsyncDisposable & {
  readonly bare: Door
  readonly guarded: Door
  /** What must work all the same, and how it was answered. */
  readonly fine: () => Promise<Readonly<Record<string, string>>>
}

/** Opens everything on free ports and in a folder of its own, which is gone afterwards. */
export async function openStage(): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const keep = <T>(thing: T, close: () => Promise<unknown>): T => {
    opened.defer(async () => void (await close()))
    return thing
  }
  // Nothing of what is set up on this machine is used, or touched.
  for (const name of Object.keys(process.env)) if (name.startsWith('SALLYPORT_')) delete process.env[name]
  const data = await mkdtemp(join(tmpdir(), 'sallyport-owasp-'))
  keep(data, () => rm(data, { recursive: true, force: true }))

  const inside = await startInside()
  keep(inside, inside.close)
  const carrier = await startCarrier(inside.url)
  keep(carrier, carrier.close)
  const bareShop = await openShop(careless({ carrier: carrier.url }))
  keep(bareShop, bareShop.close)
  const shop = await openShop(careful({ carrier: carrier.url }))
  keep(shop, shop.close)

  const sallyport = await createSallyport({ file: FILE, config: configOf(data, shop.url), serve: 'all' })
  keep(sallyport, sallyport.stop)
  const operator = await keyOf(data, 'operator', ['notices:manage', 'gateway:inspect'])
  const key = await keyOf(data, 'ana', ['customers:act:cus_Ana4Lw'])
  const toControl = async (path: string, body?: unknown, as = operator) =>
    send(`${sallyport.control}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': as, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
  const exchanged = await toControl('/v1/keys/exchange', {}, key)
  const { accessToken: token } = JSON.parse(exchanged.text) as { accessToken: string }

  const place = { key, token, inside: inside.url, attacker: carrier.url }
  const guarded = openDoor(String(sallyport.gateway), place, toControl)
  const all = opened.move()
  return {
    bare: openDoor(bareShop.url, place),
    guarded,
    fine: () => whatWorks(guarded),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function openShop(outside: Outside) {
  const app = createShop(outside)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => Promise.all([app.close(), outside.stop()]) }
}

function configOf(data: string, shop: string) {
  return {
    data,
    log: { level: 'error' },
    control: { port: 0 },
    gateway: { port: 0, upstreams: { shop: { targets: [shop] } } },
  } as const
}

async function keyOf(data: string, name: string, permissions: readonly string[]): Promise<string> {
  const wanted = permissions.flatMap((permission) => ['--permission', permission])
  const args = [COMMAND, 'keys', 'create', '--name', name, ...wanted, '--data', data, '--json']
  const { stdout } = await run(process.execPath, args, { cwd: data })
  return (JSON.parse(stdout) as { key: string }).key
}

async function whatWorks({ ask, place }: Door): Promise<Readonly<Record<string, string>>> {
  const bearer = { authorization: `Bearer ${place.token}` }
  return {
    'an order of hers': told(await ask(LAMP_OF_ANA)),
    'its status changed': told(await ask(LAMP_OF_ANA, { method: 'PATCH', body: { status: 'paid' } })),
    'a token that was signed': told(await ask('/me', { anonymous: true, headers: bearer })),
    'an import': told(await ask('/import', { method: 'POST', body: ['lamp'] })),
    'a question in GraphQL': told(await ask('/graphql', { method: 'POST', body: { query: '{ customers { id } }' } })),
    'a purchase': told(await ask('/items/lamp/purchases', { method: 'POST' })),
    'a parcel': told(await ask('/shipping/par_good')),
  }
}
