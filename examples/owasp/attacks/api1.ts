import type { Attack } from '../door.ts'

export const LAMP_OF_ANA = '/orders/ord_7Kq2mX9vTz'
const CHAIR_OF_BEN = '/orders/ord_Hf61sBqW0e'

export const attacks: readonly Attack[] = [
  {
    name: 'Ana reads an order of Ben by its id',
    play: ({ ask }) => ask(CHAIR_OF_BEN),
    got: ({ text }) => (text.includes('cus_Ben9Tk') ? text : null),
    refused: '404 OBJECT_NOT_FOUND',
  },
  {
    name: 'Ana reads the orders of everybody',
    play: ({ ask }) => ask('/orders'),
    got: ({ text }) => (text.includes('cus_Ben9Tk') ? text : null),
    refused: '200',
  },
  {
    name: 'Ana cancels an order of Ben',
    play: ({ ask }) => ask(CHAIR_OF_BEN, { method: 'PATCH', body: { status: 'cancelled' } }),
    got: ({ text }) => (text.includes('cancelled') ? text : null),
    refused: '404 OBJECT_NOT_FOUND',
  },
]
