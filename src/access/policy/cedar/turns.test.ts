import { expect, it } from 'vitest'
import { checkPolicySet } from './engine.ts'
import { atOnce, inTurns, type Steps } from './turns.ts'

function* counting(to: number, work: () => void): Steps<number> {
  for (let at = 0; at < to; at++) {
    work()
    yield
  }
  return to
}

it('long work gives others their turn, and comes to the same as without', async () => {
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const slow = () => {
    const until = performance.now() + 2
    while (performance.now() < until);
  }
  expect(await inTurns(counting(40, slow))).toBe(40)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(1)
  expect(atOnce(counting(40, () => undefined))).toBe(40)
})

it('a policy that names a type or an action that the schema does not know is refused', async () => {
  const schema =
    'entity User; entity Order; action read appliesTo { principal: [User], resource: [Order], context: {} };'
  for (const scope of ['resource is Unicorn', 'resource == Unicorn::"1"', 'resource == __proto__::"1"']) {
    const policies = [{ id: 'p', text: `permit (principal, action, ${scope});` }]
    const checked = await checkPolicySet({ policies, schema })
    expect([scope, checked.ok ? null : checked.problem.code]).toEqual([scope, 'POLICY_INVALID'])
  }
  const action = [{ id: 'p', text: 'permit (principal, action == Action::"fly", resource);' }]
  const checked = await checkPolicySet({ policies: action, schema })
  expect(checked.ok ? null : checked.problem.errors?.[0]?.path).toBe('/policies/0')
})

it('policies are checked with turns for others, and every fault of them has its place', async () => {
  const schema = `entity User; entity Order { "open": Bool };
    action read appliesTo { principal: [User], resource: [Order], context: {} };`
  const policies = Array.from({ length: 60 }, (_, at) => ({
    id: `p${at}`,
    text: `permit (principal, action, resource) when { resource.${at === 37 || at === 59 ? 'opne' : 'open'} };`,
  }))
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const checked = await checkPolicySet({ policies, schema })
  clearInterval(timer)
  expect(checked.ok ? [] : checked.problem.errors?.map(({ path }) => path)).toEqual(['/policies/37', '/policies/59'])
  expect(turns).toBeGreaterThan(0)
})
