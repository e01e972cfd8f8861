import type { EventTable } from '../../core/index.ts'

export const clientEvents = {
  'client.created': {
    sentence: 'A client of the authorization server was registered.',
    details: ['name', 'kind', 'source', 'grants'],
  },
  'client.updated': { sentence: 'Settings of a client were changed.', details: ['fields'] },
  'client.deleted': { sentence: 'A client was deleted; its tokens end.', details: ['name', 'reason'] },
  'client.disabled': { sentence: 'A client was disabled; its tokens end.', details: [] },
  'client.enabled': { sentence: 'A disabled client works again.', details: [] },
  'client.secret_added': { sentence: 'A client got a secret.', details: ['secretId', 'expiresAt'] },
  'client.secret_revoked': { sentence: 'A secret of a client was revoked.', details: ['secretId', 'reason'] },
} as const satisfies EventTable
