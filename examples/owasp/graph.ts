import { buildSchema, graphql } from 'graphql'
import { sampleOrders } from '../orders-api/orders.ts'

const schema = buildSchema(`
  type Query { customers: [Customer!]! }
  type Customer { id: String!, orders: [Order!]! }
  type Order { id: String!, customer: Customer! }
`)

type Customer = { readonly id: string; readonly orders: () => readonly unknown[] }

function customer(id: string): Customer {
  const theirs = [...sampleOrders().values()].filter((order) => order.customer === id)
  return { id, orders: () => theirs.map((order) => ({ id: order.id, customer: () => customer(id) })) }
}

/** Answers whatever is asked: of customers their orders, of those their customers, and so on. */
export function answerGraphql(source: string): Promise<unknown> {
  const ids = [...new Set([...sampleOrders().values()].map((order) => order.customer))]
  return graphql({ schema, source, rootValue: { customers: () => ids.map(customer) } })
}
