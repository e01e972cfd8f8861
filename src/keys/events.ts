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
  'key.expired': { sentence: 'An API key came to its end by time.', details: ['name', 'owner', 'expiredAt'] },
  'key.rotated': {
    sentence: 'An API key was replaced by a new one.',
    details: ['to', 'graceEndsAt', 'kind', 'reason', 'approval', 'store', 'path'],
  },
  'key.rolled_back': {
    sentence: 'A rotation was undone: the new key was revoked, the old one lives on.',
    details: ['to', 'reason', 'expiresAt'],
  },
  'key.emergency_rotation': {
    sentence: 'A key was rotated at once, without the approval that it needs. Look into it.',
    details: ['to', 'reason', 'classification'],
  },
  'key.rotation_notice': {
    sentence: 'The rotation of an API key comes near.',
    details: ['dueAt', 'daysLeft', 'store'],
  },
  'key.rotation_due': {
    sentence: 'An API key is due for rotation and has no secret store: somebody must rotate it.',
    details: ['dueAt'],
  },
  'key.rotation_failed': {
    sentence: 'A due rotation did not succeed; the old key works on, and it is tried again.',
    details: ['to', 'failure', 'attempt', 'retryAt', 'store', 'path'],
  },
  'approval.requested': {
    sentence: 'A request waits for the approval of another person.',
    details: ['action', 'for', 'reason', 'dueAt', 'lapsesAt'],
  },
  'approval.approved': { sentence: 'A request was approved.', details: ['action', 'for', 'requestedBy', 'reason'] },
  'approval.rejected': { sentence: 'A request was rejected.', details: ['action', 'for', 'requestedBy', 'reason'] },
  'approval.used': { sentence: 'What was approved was done.', details: ['action', 'for', 'result'] },
  'approval.lapsed': { sentence: 'Nobody decided a request in time.', details: ['action', 'for', 'requestedBy'] },
  'key.signature_key_created': {
    sentence: 'An API key was given a key that requests are signed with.',
    details: ['signatureKey', 'name', 'algorithm'],
  },
  'key.signature_key_revoked': {
    sentence: 'A key that requests were signed with was ended; its API key works on.',
    details: ['signatureKey'],
  },
  'key.imported': {
    sentence: 'An API key of another system was taken over.',
    details: ['name', 'environment', 'classification', 'owner', 'expiresAt', 'rotatedFrom', 'by'],
  },
  'key.leaked': {
    sentence: 'An API key was found where others can read it, and was revoked.',
    details: ['where', 'url', 'source'],
  },
  'key.exchanged': {
    sentence: 'An API key bought a short-lived token.',
    details: ['jti', 'audience', 'scopes', 'seconds'],
  },
  'key.usage_reset': { sentence: 'The usage of an API key was set back to nothing.', details: [] },
  'key.verified': { sentence: 'An API key was verified for somebody who asked.', details: ['for', 'from'] },
  'key.denied': { sentence: 'An API key was refused for somebody who asked.', details: ['for', 'from'] },
  'service.created': { sentence: 'A service was registered.', details: ['name'] },
  'service.changed': { sentence: 'Properties of a service were changed.', details: ['fields'] },
  'service.disabled': { sentence: 'A service was disabled, and its keys with it.', details: [] },
  'service.enabled': { sentence: 'A disabled service works again.', details: [] },
} as const satisfies EventTable
