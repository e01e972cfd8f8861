import type { Attack } from '../door.ts'
import { SECRET } from '../others.ts'

export const attacks: readonly Attack[] = [
  {
    name: 'the shop fetches what only its own machine can reach',
    play: ({ ask, place }) => preview(ask, `${place.inside}/latest/meta-data`),
    got: ({ text }) => (text.includes(SECRET) ? text : null),
    refused: '422 OUTBOUND_REFUSED',
  },
  {
    name: 'the same, by another way to write the address',
    play: ({ ask, place }) => preview(ask, `${place.inside.replace('127.0.0.1', '0x7f.1')}/latest/meta-data`),
    got: ({ text }) => (text.includes(SECRET) ? text : null),
    refused: '422 OUTBOUND_REFUSED',
  },
  {
    name: 'a page outside that leads inside',
    play: ({ ask, place }) => preview(ask, `${place.attacker}/page`),
    got: ({ text }) => (text.includes(SECRET) ? text : null),
    refused: '422 OUTBOUND_REFUSED',
  },
  {
    name: 'a webhook to an address inside',
    play: ({ ask, control, place }) => {
      // The shop would fetch it; Sallyport has webhooks of its own.
      if (control === null) return preview(ask, `${place.inside}/hooks`)
      const url = 'https://169.254.169.254/latest/meta-data'
      return control('/v1/webhooks', { name: 'orders', url, events: ['key.*'] })
    },
    got: ({ status, text }) => (status === 201 || text.includes(SECRET) ? text : null),
    refused: '400 INPUT_INVALID',
  },
]

function preview(ask: Parameters<Attack['play']>[0]['ask'], url: string): ReturnType<Attack['play']> {
  return ask('/preview', { method: 'POST', body: { url } })
}
