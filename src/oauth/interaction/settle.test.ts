import { describe, expect, it } from 'vitest'
import { wantedLevel } from '../provider/level.ts'
import { type Demand, type SignedIn, waitingFor } from './settle.ts'

const demand: Demand = { prompt: 'login', provedSince: 0, level: null, subject: null }
const own: SignedIn = { subject: 'ada', assurance: { acr: 'aal1', amr: ['pwd'], provedAt: 5_000 } }
const essential = (acr: object) => JSON.stringify({ id_token: { acr: { essential: true, ...acr } } })
const lax = { requireMfa: false }
const strict = { requireMfa: true }

describe('what an authorization request waits for', () => {
  it.each([
    ['sign_in', {}, null],
    ['done', {}, own],
    ['consent', { prompt: 'consent' }, own],
    ['other_person', { subject: 'eve', level: 'aal2' }, own],
    ['done', { subject: 'ada' }, own],
    ['step_up', { level: 'aal2', prompt: 'consent' }, own],
    ['done', { level: 'aal2' }, { ...own, assurance: { ...own.assurance, acr: 'aal3' } }],
    ['step_up', { provedSince: 5_001 }, own],
    ['done', { provedSince: 5_000 }, own],
    ['step_up', { level: 'unknown' }, { ...own, assurance: { ...own.assurance, acr: 'aal3' } }],
  ] as const)('is %s for %j', (waiting, more, who) => {
    expect(waitingFor({ ...demand, ...more }, who)).toBe(waiting)
  })
})

describe('the level that a request demands', () => {
  it.each([
    [null, {}, lax],
    ['aal2', {}, strict],
    ['aal1', { acr_values: 'urn:gold aal3 aal1' }, lax],
    ['aal2', { acr_values: 'aal1' }, strict],
    ['aal3', { acr_values: 'aal3' }, strict],
    [null, { acr_values: 'urn:gold' }, lax],
    ['aal2', { claims: essential({ values: ['aal3', 'aal2'] }) }, lax],
    ['aal3', { claims: essential({ value: 'aal3' }), acr_values: 'aal1' }, strict],
    ['unknown', { claims: essential({ values: ['urn:gold'] }) }, strict],
    ['aal1', { claims: essential({ values: ['urn:gold', 'aal1'] }) }, lax],
    [null, { claims: essential({}) }, lax],
    [null, { claims: JSON.stringify({ id_token: { acr: { values: ['aal3'] } } }) }, lax],
    [null, { claims: JSON.stringify({ id_token: null, userinfo: {} }) }, lax],
  ] as const)('is %s for %j', (level, demands, client) => {
    expect(wantedLevel(demands, client)).toBe(level)
  })
})
