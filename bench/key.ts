/** A key with nothing special about it. */
export function newKey(name: string) {
  return {
    name,
    description: '',
    type: 'service',
    environment: 'live',
    format: 'prefixed',
    classification: 'LOW',
    owner: null,
    scopes: ['orders:read'],
    permissions: [],
    resources: [],
    allowedIps: [],
    allowedDomains: [],
    expiresAt: null,
    usageLimit: null,
    rateLimits: [],
    concurrency: null,
    maxBody: null,
    requireMfa: false,
    metadata: {},
    tags: [],
  } as const
}
