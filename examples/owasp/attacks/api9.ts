import type { Answer, Attack } from '../door.ts'

const NOTES = ({ text }: Answer): string | null => (text.includes('internalNotes') ? text : null)

export const attacks: readonly Attack[] = [
  {
    name: 'an old version that nobody looks after',
    play: ({ ask }) => ask('/v0/orders', { anonymous: true }),
    got: NOTES,
    refused: '410 ROUTE_GONE',
  },
  {
    name: 'a path that is in no document',
    play: ({ ask }) => ask('/internal/dump', { anonymous: true }),
    got: NOTES,
    refused: '404 ROUTE_NOT_FOUND',
  },
  {
    name: 'the same, and whoever runs it should learn of it',
    play: async ({ ask, control }) => {
      const answer = await ask('/internal/dump', { anonymous: true })
      if (control === null) return answer
      const findings = await control('/v1/inventory/findings?kind=shadow')
      if (!findings.text.includes('"path":"/internal/dump"')) throw new Error('nobody learns of it')
      return findings
    },
    got: NOTES,
    refused: '200',
  },
]
