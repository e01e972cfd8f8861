import type { EventTable } from '../../core/index.ts'

export const factorEvents = {
  'factor.begun': { sentence: 'Somebody began to add a second factor.', details: ['kind'] },
  'factor.added': { sentence: 'A second factor was added to an account.', details: ['kind'] },
  'factor.renamed': { sentence: 'A second factor got another name.', details: ['kind'] },
  'factor.removed': { sentence: 'A second factor was removed from an account.', details: ['kind'] },
  'backup_codes.made': { sentence: 'Backup codes were made; those before ended.', details: ['count'] },
  'backup_code.used': { sentence: 'A backup code was used.', details: ['left'] },
  'code.sent': { sentence: 'A code was sent to somebody.', details: ['kind'] },
  'magic_link.sent': { sentence: 'A link to sign in was mailed.', details: [] },
  'magic_link.elsewhere': {
    sentence: 'A link to sign in was opened in another browser than the one that asked for it.',
    details: [],
  },
  'key.code_taken': {
    sentence: 'The second factor of a key’s owner was proved; the key is let through from that address for a while.',
    details: ['kind'],
  },
} as const satisfies EventTable
