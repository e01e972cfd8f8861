import type { EventTable } from '../../core/index.ts'

export const signInEvents = {
  'sign_in.failed': { sentence: 'A password was wrong, or belongs to nobody.', details: ['known'] },
  'sign_in.factor_failed': { sentence: 'A second factor was wrong.', details: ['known'] },
  'sign_in.locked': {
    sentence: 'An account was locked for the network or device that the wrong attempts came from.',
    details: ['minutes'],
  },
  'sign_in.unusual': {
    sentence: 'Something about a sign-in is unusual, and more is demanded of it.',
    details: ['signals', 'wanted'],
  },
} as const satisfies EventTable
