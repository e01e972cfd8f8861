import type { Attack } from '../door.ts'
import { LAMP_OF_ANA } from './api1.ts'

export const attacks: readonly Attack[] = [
  {
    name: 'Ana reads what the staff wrote about her',
    play: ({ ask }) => ask(LAMP_OF_ANA),
    got: ({ text }) => (text.includes('internalNotes') ? text : null),
    refused: '200',
  },
  {
    name: 'Ana makes her order cheaper',
    play: ({ ask }) => ask(LAMP_OF_ANA, { method: 'PATCH', body: { status: 'paid', amount: 1 } }),
    got: ({ text }) => (text.includes('"amount":1,') ? text : null),
    refused: '403 PROPERTY_NOT_WRITABLE',
  },
  {
    name: 'the same, in a name that comes twice',
    play: ({ ask }) => ask(LAMP_OF_ANA, { method: 'PATCH', body: '{"status":"paid","status":"shipped"}' }),
    got: ({ text }) => (text.includes('shipped') ? text : null),
    refused: '400 BODY_AMBIGUOUS',
  },
]
