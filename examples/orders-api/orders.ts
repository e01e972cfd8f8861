/** Orders of three customers, as a small shop would have them. Amounts are cents. */
export type Order = {
  readonly id: string
  readonly customer: string
  readonly item: string
  readonly amount: number
  status: 'open' | 'paid' | 'shipped' | 'cancelled'
  readonly internalNotes: string
}

export function sampleOrders(): Map<string, Order> {
  const orders: Order[] = [
    {
      id: 'ord_7Kq2mX9vTz',
      customer: 'cus_Ana4Lw',
      item: 'Lamp',
      amount: 4900,
      status: 'open',
      internalNotes: 'Gift; no invoice in the box.',
    },
    {
      id: 'ord_d3Pz8RnY5c',
      customer: 'cus_Ana4Lw',
      item: 'Desk',
      amount: 32900,
      status: 'paid',
      internalNotes: 'Second attempt at delivery.',
    },
    {
      id: 'ord_Hf61sBqW0e',
      customer: 'cus_Ben9Tk',
      item: 'Chair',
      amount: 12900,
      status: 'shipped',
      internalNotes: 'Claims the last one wobbled.',
    },
    {
      id: 'ord_x0LmV4uJ2a',
      customer: 'cus_Ben9Tk',
      item: 'Shelf',
      amount: 7900,
      status: 'cancelled',
      internalNotes: 'Refunded by hand.',
    },
    {
      id: 'ord_Gy5tC7oN1i',
      customer: 'cus_Caro2Z',
      item: 'Rug',
      amount: 15900,
      status: 'open',
      internalNotes: 'Discount agreed by phone.',
    },
  ]
  return new Map(orders.map((order) => [order.id, order]))
}
