import type { EventTable } from '../../core/index.ts'

export const sessionEvents = {
  'session.started': { sentence: 'A person signed in.', details: ['acr', 'amr', 'device'] },
  'session.ended': { sentence: 'A session was ended.', details: ['reason'] },
  'session.proved_again': { sentence: 'A person proved again in a session who they are.', details: ['acr', 'amr'] },
  'session.network_changed': { sentence: 'A session was used from another network.', details: ['from', 'to'] },
  'session.organization_changed': { sentence: 'A person went on in another organization.', details: ['from'] },
  'impersonation.started': {
    sentence: 'Somebody began to act in a person’s name.',
    details: ['reason', 'until', 'session'],
  },
  'impersonation.ended': { sentence: 'Somebody stopped acting in a person’s name.', details: ['by'] },
} as const satisfies EventTable
