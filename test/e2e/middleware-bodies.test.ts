import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sallyport } from '../../src/index.ts'
import { backends, type World } from '../support/backends.ts'
import type { Control } from '../support/control.ts'
import { PROPERTIES } from '../support/doors/api.ts'
import { type Asked, askPatiently, type Door, embedded, openDoors, openGuarded } from '../support/doors.ts'

const [smallest] = backends

describe('bodies inside an application', { timeout: 60_000 }, () => {
  let world: World
  let guarded: Awaited<ReturnType<typeof openGuarded>>
  let control: Control
  let inside: Sallyport
  let writer: string
  let editor: string
  let doors: readonly Door[] = []

  beforeAll(async () => {
    if (smallest === undefined) throw new Error('no back end')
    world = await smallest.open()
    guarded = await openGuarded(world)
    control = guarded.control
    inside = await embedded(control)
    const { key } = await control.keyWith(['keys:verify'])
    const remote = { url: control.url, key, trustedProxies: ['127.0.0.0/8'], properties: PROPERTIES }
    doors = [
      guarded.gateway,
      ...(await openDoors('embedded', { embedded: inside })),
      ...(await openDoors('remote', remote)),
    ]
    writer = (await control.keyWith([])).key
    editor = (await control.keyWith(['papers:edit'])).key
  })

  afterAll(async () => {
    await Promise.all(doors.map((door) => door.close()))
    await inside?.stop()
    await guarded?.close()
    await world?.close()
  })

  /** The one answer of all doors. */
  async function put(body: string, more: Partial<Asked> & { key?: string; type?: string } = {}) {
    const { key = writer, type = 'application/json', path = '/papers/7', ...asked } = more
    const headers = ['content-type', type, 'x-api-key', key, 'x-request-id', 'request-one', ...(asked.headers ?? [])]
    const wires = await Promise.all(
      doors.map((door) => askPatiently(door, { ...asked, method: 'PUT', path, body, headers })),
    )
    const answers = wires.map(({ status, body: text }) => ({ status, text }))
    expect(Object.fromEntries(doors.map(({ name }, i) => [name, answers[i]]))).toEqual(
      Object.fromEntries(doors.map(({ name }) => [name, answers[0]])),
    )
    const [{ status, text }] = answers as [{ status: number; text: string }]
    return status === 200 ? text : { status, ...JSON.parse(text) }
  }

  it('hands on what may be written, and refuses anything else by name', async () => {
    expect(await put('{"title":"One","tags":["a","b"]}')).toBe('{"title":"One","tags":["a","b"]}')
    expect(await put('{"title":"One","state":"final"}')).toMatchObject({
      status: 403,
      code: 'PROPERTY_NOT_WRITABLE',
      errors: [{ path: 'state', message: 'may not be written' }],
    })
    expect(await put('{"title":"One","state":"final"}', { key: editor })).toBe('{"title":"One","state":"final"}')
  })

  it('cuts out what may not be written, where that is said', async () => {
    const path = '/stripped/7'
    expect(await put('{"title":"One","state":"final","role":"admin"}', { path })).toBe('{"title":"One"}')
    expect(await put('{"state":"final"}', { path })).toBe('{}')
  })

  it.each([
    ['a name twice', '{"title":"a","title":"b"}', 'application/json', 'BODY_AMBIGUOUS'],
    ['a prototype', '{"__proto__":{"title":"a"}}', 'application/json', 'PROPERTY_NOT_WRITABLE'],
    ['another case', '{"Title":"a"}', 'application/json', 'PROPERTY_NOT_WRITABLE'],
    ['half a body', '{"title":', 'application/json', 'BODY_MALFORMED'],
    ['a form', 'title=a', 'application/x-www-form-urlencoded', 'BODY_TYPE_UNSUPPORTED'],
    ['another encoding of letters', '{"title":"a"}', 'application/json; charset=utf-16', 'BODY_TYPE_UNSUPPORTED'],
  ])('refuses %s', async (_, body, type, code) => {
    expect(await put(body, { type })).toMatchObject({ code })
  })

  it('refuses what is compressed, and what is larger than it may be, with a length or without', async () => {
    expect(await put('{"title":"a"}', { headers: ['content-encoding', 'gzip'] })).toMatchObject({
      code: 'BODY_TYPE_UNSUPPORTED',
    })
    const large = JSON.stringify({ title: 'x'.repeat(1_100_000) })
    expect(await put(large)).toMatchObject({ status: 413, code: 'REQUEST_BODY_TOO_LARGE' })
    expect(await put(JSON.stringify({ title: 'x'.repeat(100_000) }), { chunked: true })).toHaveLength(100_012)
  })

  it('reads nothing for whoever is not let in', async () => {
    expect(await put('{"title":"a"}', { key: 'nonsense' })).toMatchObject({ status: 401, code: 'KEY_INVALID' })
  })
})
