import { createServer } from 'node:http'
import { type GateOptions, type NodeHandler, sallyport as nodeGate } from '../../../src/node.ts'
import { ASKED, type Door, echo, HOUR, listen, RULES, stop, told, toldOf } from './api.ts'

/** The small API as a plain server. */
export async function openNode(kind: string, options: GateOptions): Promise<Door> {
  const gate = nodeGate(options)
  const guards = {
    '/scoped': gate.requireScopes('orders:write'),
    '/permitted': gate.requirePermissions('keys:read'),
    '/limited': gate.rateLimit(HOUR),
  }
  const objects = [
    [/^\/documents\//, gate.requireRelation({ ...RULES.viewed, path: '/documents/{id}' })],
    [/^\/told\//, gate.requireRelation({ ...RULES.told, path: '/told/{id}' })],
    [/^\/search/, gate.requireRelation(RULES.searched)],
    [/^\/unknown\//, gate.requireRelation({ ...RULES.unknown, path: '/unknown/{id}' })],
    [/^\/orders\//, gate.requirePolicy({ ...RULES.read, path: '/orders/{id}' })],
    [/^\/orders$/, gate.requirePolicy(RULES.listed)],
  ] as const
  const browsers = gate.guard([gate.headers(), gate.cors(ASKED.cors), gate.authenticate], (_, to) => to.end('it'))
  const bodies = [
    [/^\/browsers$/, browsers],
    [/^\/shaped\//, gate.guard([gate.authenticate, gate.shape(ASKED.shaped)], answerSent)],
    [/^\/described\//, gate.guard([gate.authenticate, gate.openapi(ASKED.described)], answerSent)],
    [/^\/graphql/, gate.guard([gate.authenticate, gate.graphql(ASKED.graphql)], answerSent)],
    [/^\/papers\//, gate.guard([gate.authenticate, gate.body('papers')], answerBody)],
    [/^\/stripped\//, gate.guard([gate.authenticate, gate.body('papers', { outside: 'strip' })], answerBody)],
  ] as const
  const forgotten = gate.guard([gate.requireScopes('orders:read')], (_, response) => response.end())
  const open = gate.guard([gate.optional], (incoming, response) => response.end(echo(incoming, incoming.principal?.id)))
  const server = createServer(async (incoming, response) => {
    if (incoming.url === '/forgotten') return forgotten(incoming, response)
    const written = bodies.find(([at]) => at.test(incoming.url ?? ''))
    if (written !== undefined) return written[1](incoming, response)
    if (incoming.url === '/open') return open(incoming, response)
    const principal = await gate.authenticate(incoming, response)
    if (principal === null || incoming.url === '/slow') return
    const more = guards[incoming.url as keyof typeof guards]
    if (more !== undefined && (await more(incoming, response)) === null) return
    const about = objects.find(([at]) => at.test(incoming.url ?? ''))
    if (about !== undefined) {
      if ((await about[1](incoming, response)) !== null) response.end('it')
      return
    }
    incoming.resume().on('end', () => response.end(echo(incoming, principal.id)))
  })
  const url = await listen(server)
  return {
    name: `node, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}

const answerBody: NodeHandler = ({ body }, response) => void response.end(told(body))
const answerSent: NodeHandler = async (incoming, to) => void to.end(toldOf(await incoming.toArray()))
