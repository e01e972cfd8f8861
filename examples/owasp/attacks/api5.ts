import type { Attack } from '../door.ts'

export const attacks: readonly Attack[] = [
  {
    name: 'Ana calls a function of administrators',
    play: ({ ask }) => ask('/admin/customers'),
    got: ({ text }) => (text.includes('cus_Ben9Tk') ? text : null),
    refused: '403 LEVEL_MISSING',
  },
  {
    name: 'the same, by another way to write it',
    play: ({ ask }) => ask('/%61dmin/customers'),
    got: ({ text }) => (text.includes('cus_Ben9Tk') ? text : null),
    refused: '403 LEVEL_MISSING',
  },
  {
    name: 'Ana deletes an order, which no client does',
    play: ({ ask }) => ask('/orders/ord_Gy5tC7oN1i', { method: 'DELETE' }),
    got: ({ text }) => (text.includes('"deleted":true') ? text : null),
    refused: '405 METHOD_NOT_ALLOWED',
  },
]
