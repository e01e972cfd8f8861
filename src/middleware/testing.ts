import type { Authentication, Authenticator, EventInput, Finding, Principal, Step } from '../core/index.ts'
import type { Engine, Ground } from './engine.ts'
import type { RuleMakers } from './rules.ts'

/** A key that the authenticator of tests knows. */
export const KEY = 'sp_test_0123456789abcdefghijKLMNOPQRST'

const somebody: Principal = Object.freeze({
  kind: 'service',
  id: 'svc_one',
  organization: 'org_default',
  scopes: Object.freeze(['orders:read']),
  permissions: Object.freeze([]),
  credential: Object.freeze({ kind: 'api_key', id: 'key_one' }),
})

const BAD = {
  code: 'KEY_INVALID',
  status: 401,
  title: 'Invalid key',
  detail: 'The API key is not valid.',
  headers: { 'www-authenticate': 'ApiKey realm="test"' },
}

/** Takes `X-API-Key`; counts how often what it grants was given back. */
export function keyAuthenticator(
  more: { readonly maxBody?: number; readonly released?: () => void } = {},
): Authenticator {
  const { maxBody, released } = more
  return Object.freeze({
    name: 'apiKey',
    challenge: 'ApiKey realm="test"',
    authenticate: (request): Authentication => {
      const shown = request.header('x-api-key')
      if (shown === undefined) return { is: 'absent' }
      if (shown !== KEY) return { is: 'refused', problem: BAD }
      const grant = {
        ...(maxBody === undefined ? {} : { maxBody }),
        ...(released === undefined ? {} : { release: released }),
      }
      return { is: 'known', principal: somebody, spent: { headers: ['x-api-key'], query: [] }, grant }
    },
  })
}

export type TestEngine = Engine & { readonly events: EventInput[]; readonly crashes: unknown[] }

/** An engine of plain values. Limits answer what they are told to, in turn. */
export function testEngine(
  options: {
    readonly authenticator?: Authenticator
    readonly ground?: (ground: Ground) => Ground | Promise<Ground>
    readonly findings?: Finding[]
    readonly rules?: Partial<RuleMakers>
  } = {},
): TestEngine {
  const events: EventInput[] = []
  const crashes: unknown[] = []
  const ground: Ground = {
    authenticators: [options.authenticator ?? keyAuthenticator()],
    reading: { trusted: [], looksLikeCredential: (text) => text.startsWith('sp_test_') },
    record: (event) => void events.push(event),
    objects: {
      ownerProblem: () => undefined,
      judgeBody: (_type, _principal, { bytes }) => ({ is: 'body', bytes }),
      visible: (_type, _principal, value) => ({ ok: true, value }),
    },
    crashed: (error) => void crashes.push(error),
    now: () => Date.now(),
  }
  return {
    events,
    crashes,
    ground: () => options.ground?.(ground) ?? ground,
    requireStep: ({ scopes, permissions }) => scopeStep([...scopes, ...permissions]),
    levelStep: (level) => ({ name: level, stage: 'access', apply: () => undefined }),
    limitStep: (_limit, name): Step => ({ name, stage: 'limits', apply: () => options.findings?.shift() }),
    relationAsk: () => async () => undefined,
    policyAsk: () => async () => undefined,
    rules: { shape: noRules, openapi: noRules, graphql: noRules, cors: noRules, headers: noRules, ...options.rules },
    ready: async () => undefined,
    close: async () => undefined,
  }
}

function scopeStep(needed: readonly string[]): Step {
  return {
    name: 'require',
    stage: 'access',
    apply: ({ principal }) => {
      if (needed.every((it) => principal.scopes.includes(it))) return undefined
      return {
        is: 'deny',
        problem: { code: 'SCOPE_MISSING', status: 403, title: 'Missing', detail: 'A scope is missing.' },
      }
    },
  }
}

function noRules(): never {
  throw new TypeError('no rules here')
}
