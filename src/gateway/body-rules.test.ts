import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NO_RULES, type RuledBody } from './passage/rules.ts'
import { ask, openRecorder, openWorld, type Recorder, type World, withKey } from './testing.ts'

const refusal = { code: 'BODY_WRONG', status: 400, title: 'Wrong', detail: 'It is wrong.' }

describe('the rules of a route about bodies', () => {
  let recorder: Recorder
  let world: World
  let told: string[]
  let values: unknown[]

  const look = (name: string, body: RuledBody) => {
    told.push(`${name} ${body.bytes} ${body.encoding}`)
    values.push(body.json())
  }

  beforeAll(async () => {
    recorder = await openRecorder()
    world = await openWorld({
      targets: [recorder.origin],
      rules: () => ({
        ...NO_RULES,
        body: [
          {
            name: 'unpack',
            unpacks: true,
            judge: (_, { bytes }) => ({ is: 'body', bytes: bytes.length === 0 ? bytes : Buffer.from('{"n":1}') }),
          },
          {
            name: 'first',
            judge: (_, body) => {
              look('first', body)
              return { is: 'body', bytes: body.bytes }
            },
          },
          {
            name: 'second',
            judge: (_, body) => {
              look('second', body)
              return told.length > 2 ? { is: 'deny', problem: refusal } : { is: 'body', bytes: Buffer.from('{"n":2}') }
            },
          },
        ],
        query: (query) => `${query}&more=1`,
      }),
    })
  })

  beforeEach(() => {
    told = []
    values = []
    recorder.seen.length = 0
  })

  afterAll(async () => {
    await world.close()
    await recorder.close()
  })

  const send = () =>
    ask(`${world.url}/orders/1?a=1`, {
      method: 'POST',
      headers: { ...withKey, 'content-type': 'application/json', 'content-encoding': 'x' },
      body: 'packed',
    })

  it('are asked in their order, each sees what the one before let go on, and JSON is parsed once', async () => {
    expect((await send()).status).toBe(200)
    expect(told).toEqual(['first {"n":1} undefined', 'second {"n":1} undefined'])
    expect(values[0]).toEqual({ n: 1 })
    expect(values[1]).toBe(values[0])
    const [seen] = recorder.seen
    expect(seen?.body.toString()).toBe('{"n":2}')
    expect(seen?.url).toBe('/orders/1?a=1&more=1')
    expect([seen?.header('content-encoding'), seen?.header('content-length')]).toEqual([undefined, '7'])
  })

  it('end the request with the first that says no', async () => {
    told.push('already')
    expect((await send()).json()).toMatchObject({ code: 'BODY_WRONG' })
    expect(told).toHaveLength(3)
    expect(recorder.seen).toEqual([])
  })

  it('stand in their order in what explain tells', async () => {
    const { stages } = await world.gateway.explain({ method: 'POST', url: '/orders/1', headers: withKey })
    expect(stages.find(({ stage }) => stage === 'input')?.detail).toBe('unpack, first, second')
  })
})
