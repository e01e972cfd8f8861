import { expect, it } from 'vitest'
import { anonymous, type Principal, parseAddress } from '../../core/index.ts'
import type { Properties } from '../decision/question.ts'
import { policyQuestion } from './permitted.ts'

const robot: Principal = { ...anonymous, kind: 'service', id: 'svc_1', organization: 'org_default' }
const client = parseAddress('192.0.2.7')

/** The context that policies are asked with. */
async function contextFor(principal: Principal, country: string | null = null): Promise<Properties> {
  if (client === null) throw new Error('no address')
  let seen: Properties = {}
  const ask = policyQuestion(
    { action: 'read', type: 'order', name: 'id', otherwise: '403' },
    {
      questionOf: async (_organization, { subject, action, resource, context }) => {
        seen = context
        return { principal: { ...subject, roles: [], permissions: [] }, action, resource, context }
      },
      check: () => ({ allowed: true, decidedBy: null, because: [], answers: {} }),
      judge: () => ({ allowed: true, decidedBy: null, because: [], answers: {} }),
      countryOf: () => country,
    },
  )
  await ask({ principal, request: { method: 'GET', path: '/orders/1', client } }, '1', false)
  return seen
}

it('policies see the request, and of the caller only what is known', async () => {
  expect(await contextFor(robot)).toEqual({ method: 'GET', path: '/orders/1', ip: '192.0.2.7' })
})

it('policies see the class and the environment of an API key, and the country of the address', async () => {
  const credential = { kind: 'api_key', id: 'key_1', classification: 'HIGH', environment: 'live' } as const
  expect(await contextFor({ ...robot, credential }, 'SE')).toEqual({
    method: 'GET',
    path: '/orders/1',
    ip: '192.0.2.7',
    country: 'SE',
    keyClassification: 'HIGH',
    keyEnvironment: 'live',
  })
})

it('policies see how surely a person proved who they are', async () => {
  const person: Principal = {
    ...robot,
    kind: 'user',
    credential: { kind: 'session', id: 'ses_1' },
    assurance: { acr: 'aal2', amr: ['pwd', 'otp'], provedAt: 1 },
  }
  expect(await contextFor(person)).toEqual({ method: 'GET', path: '/orders/1', ip: '192.0.2.7', assurance: 'aal2' })
})
