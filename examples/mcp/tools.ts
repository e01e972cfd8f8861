import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Order, sampleOrders } from '../orders-api/orders.ts'

export type Orders = Map<string, Order>
export const openOrders: () => Orders = sampleOrders

type Tool = {
  readonly description: string
  /** What whoever calls it needs, besides what the route asks for. */
  readonly scope: string
  readonly inputSchema: { readonly type: 'object'; readonly properties?: Record<string, object>; required?: string[] }
  readonly call: (orders: Orders, given: Readonly<Record<string, unknown>>) => CallToolResult
}

export const TOOLS: Readonly<Record<string, Tool>> = {
  list_orders: {
    description: 'Lists the orders of the shop.',
    scope: 'orders:read',
    inputSchema: { type: 'object' },
    call: (orders) => said([...orders.values()].map(({ id, item, status }) => ({ id, item, status }))),
  },
  cancel_order: {
    description: 'Cancels an order.',
    scope: 'orders:write',
    inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    call: (orders, { id }) => {
      const order = orders.get(String(id))
      if (order === undefined) return { ...said('there is no such order'), isError: true }
      order.status = 'cancelled'
      return said({ id, status: order.status })
    },
  },
}

/** A server of the tools, for one request. Whoever may not call a tool does not get here. */
export function createTools(orders: Orders): Server {
  const server = new Server({ name: 'orders', version: '1.0.0' }, { capabilities: { tools: {} } })
  const listed = Object.entries(TOOLS).map(([name, { description, inputSchema }]) => ({
    name,
    description,
    inputSchema,
  }))
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const tool = toolOf(params.name)
    return tool === undefined
      ? { ...said('there is no such tool'), isError: true }
      : tool.call(orders, params.arguments ?? {})
  })
  return server
}

export function toolOf(name: unknown): Tool | undefined {
  return typeof name === 'string' && Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined
}

function said(what: unknown): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(what) }] }
}
