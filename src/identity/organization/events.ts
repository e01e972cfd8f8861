import type { EventTable } from '../../core/index.ts'

export const organizationEvents = {
  'organization.created': { sentence: 'An organization was made.', details: ['name'] },
  'organization.changed': { sentence: 'The name or policy of an organization was changed.', details: ['fields'] },
  'organization.enabled': { sentence: 'A disabled organization works again.', details: [] },
  'organization.disabled': {
    sentence: 'An organization was disabled: its sessions ended, and nobody signs in to it.',
    details: [],
  },
  'member.added': {
    sentence: 'A person became a member of an organization.',
    details: ['by', 'roles', 'scopes', 'permissions'],
  },
  'member.removed': { sentence: 'A person is no longer a member of an organization.', details: ['invitations'] },
  'invitation.sent': { sentence: 'Somebody was invited to an organization.', details: ['roles', 'replaced'] },
  'invitation.resent': { sentence: 'An invitation was mailed once more; its former link is dead.', details: [] },
  'invitation.revoked': { sentence: 'An invitation was revoked.', details: [] },
  'invitation.accepted': { sentence: 'An invitation was accepted.', details: ['person', 'roles'] },
  'domain.added': { sentence: 'An organization claimed a domain.', details: ['domain'] },
  'domain.verified': { sentence: 'The DNS proved that a domain is an organization’s.', details: ['domain'] },
  'domain.lost': {
    sentence: 'For three days in a row the DNS did not prove a domain: it is no longer verified.',
    details: ['domain'],
  },
  'domain.deleted': { sentence: 'An organization gave a domain up.', details: ['domain'] },
} as const satisfies EventTable
