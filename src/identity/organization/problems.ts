import type { ProblemTable } from '../../core/index.ts'

export const organizationProblems = {
  ORGANIZATION_UNKNOWN: {
    status: 404,
    title: 'No such organization',
    detail: 'There is no organization with this id that you belong to or rule over.',
  },
  ORGANIZATION_NAME_TAKEN: {
    status: 409,
    title: 'The name is taken',
    detail: 'Another organization has this name, however it is spelt. Choose another.',
  },
  ORGANIZATION_DEFAULT: {
    status: 409,
    title: 'The organization of the installation',
    detail: 'The organization that everything began with cannot be disabled.',
  },
  SIGN_IN_METHOD_REFUSED: {
    status: 403,
    title: 'Not this way into this organization',
    detail:
      'You proved who you are, but this organization does not allow this way to sign in. `errors` names those it does.',
  },
  LAST_ORGANIZATION_ADMIN: {
    status: 409,
    title: 'The last who runs the organization',
    detail: 'Nobody else here may change the organization and come in. Let somebody else do so first.',
  },
  MEMBERSHIP_HOME: {
    status: 409,
    title: 'Their own organization',
    detail: 'The account belongs to this organization. Disable or erase the person instead.',
  },
  MEMBER_ALREADY: {
    status: 409,
    title: 'A member already',
    detail: 'Whoever has this address is a member of the organization. Change what they may instead.',
  },
  INVITATION_UNKNOWN: {
    status: 404,
    title: 'No such invitation',
    detail: 'There is no invitation with this id in this organization, or it was accepted or revoked.',
  },
  INVITATION_ENDED: {
    status: 410,
    title: 'This invitation does not stand any more',
    detail: 'It was accepted, revoked or replaced by a newer one, is too old, or was copied in part. Ask for another.',
  },
  INVITATION_FOR_ANOTHER: {
    status: 403,
    title: 'An invitation to somebody else',
    detail: 'It went to another mail address than yours. Sign in with that one, or ask for an invitation to yours.',
  },
  INVITATIONS_FULL: {
    status: 409,
    title: 'Too many open invitations',
    detail: 'An organization has at most 200 open invitations. Revoke some, or wait until some are accepted.',
  },
  INVITATIONS_LIMITED: {
    status: 429,
    title: 'Too many invitations',
    detail: 'Too many mails with invitations were sent, or links tried. Wait as long as Retry-After says.',
  },
  DOMAIN_UNKNOWN: {
    status: 404,
    title: 'No such domain',
    detail: 'This organization does not claim this domain.',
  },
  DOMAIN_KNOWN: {
    status: 409,
    title: 'The domain is here already',
    detail: 'This organization claims this domain already. Verify it.',
  },
  DOMAINS_FULL: {
    status: 409,
    title: 'Too many domains',
    detail: 'An organization claims at most 50 domains. Delete one first.',
  },
  DOMAIN_UNPROVEN: {
    status: 409,
    title: 'The record is not there',
    detail: 'The DNS has no TXT record with this value at this name yet. It may take a while until a new one is seen.',
  },
  DOMAIN_TAKEN: {
    status: 409,
    title: 'The domain belongs to another organization',
    detail: 'Another organization verified this domain. It has to delete it first.',
  },
  DOMAINS_LIMITED: {
    status: 429,
    title: 'Too many look-ups',
    detail: 'Domains were looked up too often. Wait as long as Retry-After says.',
  },
  DNS_UNAVAILABLE: {
    status: 503,
    title: 'The DNS does not answer',
    detail: 'The DNS could not be asked in time, or could not say. Try again soon.',
  },
} as const satisfies ProblemTable
