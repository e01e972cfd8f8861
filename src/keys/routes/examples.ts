// What `/openapi.json` shows of each record: ids, addresses and names that are nobody's.

const KEY = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'
const NEXT_KEY = 'key_1hq7b2n4f8g0j3s5v9y1z6c8'
const SERVICE = 'svc_1hq3v0c9kd5m7w2x8p4t6r1a'
const APPROVAL = 'apr_1hq3v0c9kd5m7w2x8p4t6r1a'
const PERSON = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'

const MADE_AT = '2026-11-21T10:00:00.000Z'
const ROTATED_AT = '2026-12-21T10:00:00.000Z'
const GRACE_ENDS_AT = '2026-12-22T10:00:00.000Z'

const origin = { at: MADE_AT, by: PERSON, address: '192.0.2.7', userAgent: 'sallyport-cli' }

export const keyExample = {
  id: KEY,
  organization: 'org_default',
  name: 'billing worker',
  description: 'Writes the invoices.',
  type: 'service' as const,
  environment: 'live' as const,
  format: 'prefixed' as const,
  classification: 'MEDIUM' as const,
  owner: { kind: 'service', id: SERVICE },
  scopes: ['orders:read'],
  permissions: [],
  resources: ['GET /orders/**'],
  allowedIps: ['192.0.2.0/24'],
  allowedDomains: [],
  usageLimit: null,
  rateLimits: [{ max: 600, per: 'minute' as const }],
  concurrency: null,
  maxBody: null,
  requireMfa: false,
  metadata: { team: 'billing' },
  tags: ['billing'],
  rotation: { every: 'monthly' as const, notice: 7, store: null },
  hint: 'sp_live_1a2b3c…x9Yz',
  expiresAt: '2027-02-19T10:00:00.000Z',
  status: 'active' as const,
  created: origin,
  changed: origin,
  rotatedFrom: null,
  rotatedTo: null,
  rotatesAt: ROTATED_AT,
  version: 1,
}

/** The same after a rotation was undone. */
export const rolledBackExample = { ...keyExample, version: 3, store: null }

export const createdKeyExample = { ...keyExample, key: 'sp_live_…' }
export const rotatedKeyExample = { ...createdKeyExample, placed: null }
export const repeatedKeyExample = { ...keyExample, key: null }
export const unusedKeyExample = { ...keyExample, lastUsedAt: null }

export const validExample = {
  valid: true,
  code: 'VALID' as const,
  message: null,
  keyId: KEY,
  principal: { kind: 'service', id: SERVICE, organization: 'org_default' },
  scopes: ['orders:read'],
  permissions: [],
  limits: [{ name: 'minute', max: 600, remaining: 599, resetSeconds: 60, waitSeconds: 0 }],
}
export const invalidExample = {
  valid: false,
  code: 'KEY_INVALID' as const,
  message: 'This key is not valid.',
  keyId: null,
  principal: null,
  scopes: [],
  permissions: [],
  limits: [],
}

export const serviceExample = {
  id: SERVICE,
  organization: 'org_default',
  name: 'billing',
  description: 'Writes the invoices.',
  enabled: true,
  roles: [],
  scopes: ['orders:read'],
  permissions: ['keys:read'],
  contacts: ['billing@example.com'],
  createdAt: MADE_AT,
  createdBy: PERSON,
  changedAt: MADE_AT,
  changedBy: PERSON,
  version: 1,
}

export const approvalExample = {
  id: APPROVAL,
  organization: 'org_default',
  action: 'key.rotate' as const,
  subject: KEY,
  state: 'pending' as const,
  requestedAt: MADE_AT,
  requestedBy: { kind: 'user', id: PERSON },
  reason: 'the yearly change',
  graceSeconds: 86_400,
  dueAt: null,
  lapsesAt: '2026-11-24T10:00:00.000Z',
  decidedAt: null,
  decidedBy: null,
  decisionReason: null,
  usedAt: null,
  result: null,
}

export const rotationExample = {
  id: 'rot_1hq3v0c9kd5m7w2x8p4t6r1a',
  from: KEY,
  to: NEXT_KEY,
  kind: 'scheduled' as const,
  state: 'rotated' as const,
  at: ROTATED_AT,
  by: 'system',
  reason: null,
  approval: null,
  graceEndsAt: GRACE_ENDS_AT,
  store: null,
  endedAt: null,
  endedBy: null,
  failure: null,
}

export const rotationStatusExample = {
  keyId: KEY,
  status: 'grace' as const,
  schedule: { every: 'monthly' as const, notice: 7, store: null },
  nextRotationAt: null,
  daysLeft: null,
  graceEndsAt: GRACE_ENDS_AT,
  rotatedFrom: null,
  rotatedTo: NEXT_KEY,
  canRollBack: true,
  failure: null,
  attempts: 0,
  approvals: [],
  history: [rotationExample],
}

export const lateUseExample = {
  rotation: rotationExample,
  old: { id: KEY, name: 'billing worker', status: 'active', endsAt: GRACE_ENDS_AT },
  uses: 3,
  lastUsedAt: '2026-12-21T12:30:00.000Z',
  lastUsedFrom: '192.0.2.7',
  from: [
    { address: '192.0.2.7', country: 'SE', userAgent: 'billing/2.1', uses: 3, lastAt: '2026-12-21T12:30:00.000Z' },
  ],
  truncated: false,
}

export const importedExample = {
  dryRun: false,
  imported: 1,
  skipped: 1,
  items: [
    { result: 'imported' as const, id: KEY, name: 'billing', hint: 'acme_4Kf9…7aQe' },
    { result: 'skipped' as const, id: NEXT_KEY, name: 'reports', hint: null },
  ],
}
