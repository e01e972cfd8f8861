import type { Attack } from '../door.ts'
import { SECRET } from '../others.ts'

export const attacks: readonly Attack[] = [
  {
    name: 'a carrier that was taken over answers with markup',
    play: ({ ask }) => ask('/shipping/par_markup'),
    got: ({ text }) => (text.includes('<script>') ? text : null),
    refused: '200',
  },
  {
    name: 'a carrier that leads inside',
    play: ({ ask }) => ask('/shipping/par_elsewhere'),
    got: ({ text }) => (text.includes(SECRET) ? text : null),
    refused: '200',
  },
  {
    name: 'a carrier that answers five megabytes',
    play: ({ ask }) => ask('/shipping/par_huge'),
    got: ({ text }) => (text.length > 1_000_000 ? `${text.length} bytes` : null),
    refused: '200',
  },
]
