import { describe, expect, it } from 'vitest'
import { openPolicySet, type PolicySet } from './engine.ts'
import { type Entity, type PolicyRequest, type PolicySource, refuseFaults } from './request.ts'

const SCHEMA = `
entity Team;
entity User in [Team] { level: Long };
entity Order { owner: User };
action read, write appliesTo { principal: User, resource: Order, context: { mfa: Bool } };`

const ann = { type: 'User', id: 'ann' }
const order = { type: 'Order', id: '1' }
const read: PolicyRequest = {
  principal: ann,
  action: { type: 'Action', id: 'read' },
  resource: order,
  context: { mfa: true },
}
const entities: Entity[] = [
  { uid: ann, attrs: { level: 3 }, parents: [{ type: 'Team', id: 'blue' }] },
  { uid: order, attrs: { owner: { __entity: ann } }, parents: [] },
]

async function open(source: PolicySource): Promise<PolicySet> {
  const opened = await openPolicySet(source)
  if (!opened.ok) throw new Error(JSON.stringify(opened.problem))
  return opened.value
}

async function faultsOf(source: PolicySource) {
  const opened = await openPolicySet(source)
  return opened.ok ? [] : opened.problem.errors
}

const owner = { id: 'owner', text: 'permit(principal, action, resource) when { resource.owner == principal };' }
const broken = { id: 'broken', text: 'forbid(principal, action, resource) when { context.nothing };' }

describe('policies', () => {
  it('permit, and name the policy that did', async () => {
    const policies = await open({ policies: [owner] })
    expect(policies.decide(read, entities)).toEqual({ decision: 'allow', determining: ['owner'], errors: [] })
  })

  it('deny where nothing permits', async () => {
    const policies = await open({ policies: [owner] })
    const stranger = { ...read, principal: { type: 'User', id: 'eve' } }
    expect(policies.decide(stranger, entities)).toEqual({ decision: 'deny', determining: [], errors: [] })
  })

  it('skip a policy that cannot be evaluated as Cedar does, and the house denies', async () => {
    const answer = (await open({ policies: [owner, broken] })).decide(read, entities)
    expect(answer).toMatchObject({ decision: 'allow', errors: [{ policy: 'broken' }] })
    expect(refuseFaults(answer)).toMatchObject({ decision: 'deny', determining: [], errors: [{ policy: 'broken' }] })
  })

  it('are refused with the place of each fault and what may have been meant', async () => {
    const policies = [
      { id: 'a', text: 'permit(principal, action, resource)\nwhen { "é" == "x" && };' },
      { id: 'b', text: 'permit(principal, action, resource) when { principal.levle > 1 };' },
    ]
    expect(await faultsOf({ policies, schema: SCHEMA })).toEqual([
      { path: '/policies/0', message: expect.stringMatching(/^line 2, column 22: unexpected token `}`/) },
    ])
    expect(await faultsOf({ policies: policies.slice(1), schema: SCHEMA })).toEqual([
      { path: '/policies/0', message: expect.stringMatching(/^line 1, column 44: .*levle.*did you mean `level`/) },
    ])
  })

  it.each([
    ['a schema that is none', { policies: [], schema: 'entity' }, '/schema'],
    ['two policies in one text', { policies: [{ id: 'a', text: `${owner.text}${owner.text}` }] }, '/policies/0'],
    [
      'a template',
      { policies: [{ id: 'a', text: 'permit(principal == ?principal, action, resource);' }] },
      '/policies/0',
    ],
    ['one id twice', { policies: [owner, owner] }, '/policies/1'],
    ['a text too long', { policies: [{ id: 'a', text: `//${' '.repeat(40_000)}` }] }, '/policies/0'],
    ['too many', { policies: Array.from({ length: 5001 }, (_, i) => ({ ...owner, id: `p${i}` })) }, '/policies'],
  ])('%s is refused', async (_, source, path) => {
    expect(await faultsOf(source)).toMatchObject([{ path }])
  })

  it.each([
    ['nested', `${'('.repeat(4000)}true${')'.repeat(4000)}`],
    ['a chain', `${Array(4000).fill('1').join('+')} > 1`],
    ['a path', `context${'.a'.repeat(4000)}`],
  ])('%s that Cedar gives up on are refused, and the others go on', async (_, condition) => {
    const policies = await open({ policies: [owner] })
    const text = `permit(principal, action, resource) when { ${condition} };`
    expect(await faultsOf({ policies: [{ id: 'deep', text }] })).toMatchObject([{ path: '/policies/0' }])
    expect(policies.decide(read, entities).decision).toBe('allow')
  })

  it('of many more sets than Cedar holds parsed each decide their own', async () => {
    const text = (id: number) => `permit(principal, action, resource) when { principal.level == ${id} };`
    const all = await Promise.all(
      [...Array(40).keys()].map((id) => open({ policies: [{ id: `${id}`, text: text(id) }] })),
    )
    const allowed = all.filter((policies) => policies.decide(read, entities).decision === 'allow')
    expect(allowed).toEqual([all[3]])
  })

  it.each([
    ['null in the context', { ...read, context: { mfa: null } }],
    ['a fraction', { ...read, context: { mfa: 1.5 } }],
    ['text that is no Unicode', { ...read, context: { mfa: '\ud800' } }],
    ['an unknown extension', { ...read, context: { mfa: { __extn: { fn: 'nope', arg: '' } } } }],
  ])('deny a request with %s, and say so', async (_, request) => {
    const answer = (await open({ policies: [{ id: 'all', text: 'permit(principal, action, resource);' }] })).decide(
      request,
      entities,
    )
    expect(answer).toMatchObject({ decision: 'deny', determining: [], errors: [{ policy: null }] })
  })

  it('hold requests and entities against their schema', async () => {
    const policies = await open({ policies: [owner], schema: SCHEMA })
    expect(policies.decide(read, entities).decision).toBe('allow')
    expect(policies.decide({ ...read, context: {} }, entities)).toMatchObject({
      decision: 'deny',
      errors: [{ policy: null }],
    })
    const wrong = entities.map((entity) => ({ ...entity, attrs: { level: 'high' } }))
    expect(policies.decide(read, wrong)).toMatchObject({ decision: 'deny', errors: [{ policy: null }] })
  })

  it('say what they look at, so that nobody loads more', async () => {
    const condition =
      'resource.owner.level > 1 && context has mfa && principal in Team::"blue" && principal.getTag("x") == 1'
    const { needs } = await open({
      policies: [{ id: 'a', text: `permit(principal is User, action, resource) when { ${condition} };` }],
    })
    expect(needs).toEqual({
      principal: ['*'],
      action: [],
      resource: ['owner'],
      context: ['mfa'],
      other: ['level'],
      types: ['Team', 'User'],
    })
  })

  it('read addresses, dates and references as the schema says', async () => {
    const schema = `entity User;
      entity Order { owner: User, from: ipaddr, due?: datetime } tags decimal;
      action read appliesTo { principal: User, resource: Order, context: { mfa: Bool } };`
    const text = `permit(principal, action, resource) when {
      resource.owner == principal && resource.from.isInRange(ip("10.0.0.0/8")) && resource has due
      && resource.due < datetime("2027-01-01")
      && resource.hasTag("rate") && resource.getTag("rate").lessThan(decimal("0.5")) };`
    const policies = await open({ policies: [{ id: 'a', text }], schema })
    const attrs = { owner: ann, from: '10.1.2.3', due: '2026-12-31' }
    const owned = (change: object): Entity[] => [
      { uid: order, attrs: { ...attrs, ...change }, parents: [], tags: { rate: '0.25' } },
    ]
    expect(policies.judgedBecause()).toEqual([])
    expect(policies.decide(read, owned({})).decision).toBe('allow')
    for (const change of [{}, { from: '11.0.0.1' }, { due: '2027-01-01' }, { from: 'nowhere' }, { extra: 1 }])
      expect(policies.decide(read, owned(change))).toEqual(policies.judge(read, owned(change)))
  })

  it('tell integers of 64 bits apart', async () => {
    const text = 'permit(principal, action, resource) when { 9007199254740993 + context.one == 9007199254740994 };'
    const policies = await open({ policies: [{ id: 'a', text }] })
    const decide = (one: number) => policies.decide({ ...read, context: { one } }, entities).decision
    expect([decide(1), decide(0), decide(2)]).toEqual(['allow', 'deny', 'deny'])
    expect(policies.judgedBecause()).toEqual([])
  })

  it('with a call that Cedar would refuse are left to Cedar', async () => {
    const text = 'permit(principal, action, resource) when { ip("10.0.0.1").isIpv4(1) };'
    const policies = await open({ policies: [{ id: 'a', text }] })
    expect(policies.judgedBecause()).toEqual(['isIpv4 is not compiled'])
    expect(policies.decide(read, entities)).toMatchObject({ decision: 'deny', errors: [{ policy: 'a' }] })
  })
})
