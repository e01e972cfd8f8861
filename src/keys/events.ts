import type { EventTable } from '../core/index.ts'

export const keyEvents = {
  'key.created': {
    sentence: 'An API key was made.',
    details: ['name', 'environment', 'classification', 'owner', 'expiresAt', 'rotatedFrom'],
  },
  'key.changed': { sentence: 'Properties of an API key were changed.', details: ['fields'] },
  'key.suspended': { sentence: 'An API key was suspended.', details: ['reason'] },
  'key.resumed': { sentence: 'A suspended API key works again.', details: [] },
  'key.revoked': { sentence: 'An API key was ended for good.', details: ['reason'] },
  'key.rotated': { sentence: 'An API key was replaced by a new one.', details: ['to', 'graceEndsAt'] },
  'key.usage_reset': { sentence: 'The usage of an API key was set back to nothing.', details: [] },
  'key.verified': { sentence: 'An API key was verified for somebody who asked.', details: ['for', 'from'] },
  'key.denied': { sentence: 'An API key was refused for somebody who asked.', details: ['for', 'from'] },
  'service.created': { sentence: 'A service was registered.', details: ['name'] },
  'service.changed': { sentence: 'Properties of a service were changed.', details: ['fields'] },
  'service.disabled': { sentence: 'A service was disabled, and its keys with it.', details: [] },
  'service.enabled': { sentence: 'A disabled service works again.', details: [] },
} as const satisfies EventTable
