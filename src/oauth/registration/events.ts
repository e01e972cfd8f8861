import type { EventTable } from '../../core/index.ts'

export const registrationEvents = {
  'registration_token.created': { sentence: 'A token was made that lets clients register.', details: ['uses'] },
  'registration_token.revoked': { sentence: 'A token that lets clients register was revoked.', details: [] },
} as const satisfies EventTable
