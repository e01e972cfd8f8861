import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers } from '../permission.ts'
import { createCheck } from './check.ts'
import { createHoldings } from './holdings.ts'
import type { Answer, Question } from './question.ts'

const ALLOW: Answer = { outcome: 'allow', because: ['it'] }
const DENY: Answer = { outcome: 'deny', because: ['that'] }
const NONE: Answer = { outcome: 'none', because: [] }

function question(permissions: readonly string[], more: Partial<Question> = {}): Question {
  return {
    principal: { type: 'user', id: 'usr_1', roles: [], permissions, properties: {} },
    action: 'read',
    resource: { type: 'orders', id: '42', properties: {} },
    context: {},
    ...more,
  }
}

function checkOf(policy: Answer, permission: Answer, relation: Answer | Promise<Answer>) {
  const asked: string[] = []
  const recorded: boolean[] = []
  const saying =
    <T>(part: string, answer: T) =>
    () => {
      asked.push(part)
      return answer
    }
  const made = createCheck({
    policies: { judge: saying('policy', policy) },
    holdings: { answer: saying('permission', permission) },
    relations: { answer: saying('relation', relation) },
    record: (_organization, _question, { allowed }) => recorded.push(allowed),
  })
  return { ...made, asked, recorded }
}

describe('a decision', () => {
  const anyAnswer = fc.constantFrom(ALLOW, DENY, NONE)
  const anyRelation = fc.constantFrom(ALLOW, NONE)

  it('is a deny unless something allows, and one deny wins over all that allow', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, anyAnswer, anyRelation, fc.boolean(), async (policy, permission, relation, later) => {
        const { check, explain } = checkOf(policy, permission, later ? Promise.resolve(relation) : relation)
        const outcomes = [policy, permission, relation].map(({ outcome }) => outcome)
        // Only what may deny is asked once something allowed: a permission says nothing against a permit.
        const denied = policy === DENY || (policy === NONE && permission === DENY)
        const { allowed, because, decidedBy } = await check('org', question([]))
        expect(allowed).toBe(!denied && outcomes.includes('allow'))
        expect(because).toEqual(decidedBy === null ? [] : denied ? ['that'] : ['it'])
        const explained = await explain('org', question([]))
        expect(explained.allowed).toBe(!outcomes.includes('deny') && outcomes.includes('allow'))
      }),
    )
  })

  it('is there at once where nothing has to be read, and asks no more than it needs', () => {
    const { check, asked, recorded } = checkOf(
      NONE,
      ALLOW,
      Promise.reject(new Error('not asked')).catch(() => NONE),
    )
    expect(check('org', question([]))).toMatchObject({ allowed: true, decidedBy: 'permission', because: ['it'] })
    expect(asked).toEqual(['policy', 'permission'])
    expect(recorded).toEqual([true])
  })

  it('ends with the first deny', () => {
    const { check, asked } = checkOf(DENY, ALLOW, ALLOW)
    expect(check('org', question([]))).toMatchObject({ allowed: false, decidedBy: 'policy', because: ['that'] })
    expect(asked).toEqual(['policy'])
  })

  it('is explained by what every part says, and the explanation is not recorded', async () => {
    const { explain, asked, recorded } = checkOf(DENY, ALLOW, Promise.resolve(NONE))
    const { answers, allowed } = await explain('org', question([]))
    expect(allowed).toBe(false)
    expect(answers).toEqual({ policy: DENY, permission: ALLOW, relation: NONE })
    expect(asked).toEqual(['policy', 'permission', 'relation'])
    expect(recorded).toEqual([])
  })

  it('fails where a part fails, so that nobody takes it for an allow', async () => {
    const { check } = checkOf(NONE, NONE, Promise.reject(new Error('the database is gone')))
    await expect(check('org', question([]))).rejects.toThrow('the database is gone')
  })
})

describe('what is held', () => {
  const { answer } = createHoldings()
  const says = (permissions: readonly string[], more?: Partial<Question>) => answer('org', question(permissions, more))

  it('allows an action on a type, on one object, and on what is theirs', () => {
    expect(says(['orders:read'])).toEqual({ outcome: 'allow', because: ['orders:read'] })
    expect(says(['invoices:*', 'orders:*']).because).toEqual(['orders:*'])
    expect(says(['orders:read:42']).because).toEqual(['orders:read:42'])
    expect(says(['orders:read:*']).because).toEqual(['orders:read:*'])
    expect(says(['orders:read:43']).outcome).toBe('none')
    const theirs = { resource: { type: 'orders', id: '42', properties: { owner: 'usr_1' } } }
    const others = { resource: { type: 'orders', id: '42', properties: { owner: 'usr_2' } } }
    expect(says(['orders:read:own'], theirs).because).toEqual(['orders:read:own'])
    expect(says(['orders:read:own'], others).outcome).toBe('none')
    expect(says(['orders:read:own']).outcome).toBe('none')
  })

  it('does not take an object that is called own for everybody’s', () => {
    expect(says(['orders:read:own'], { resource: { type: 'orders', id: 'own', properties: {} } }).outcome).toBe('none')
  })

  it('does not allow a type as a whole by a permission on its objects', () => {
    const all = { resource: { type: 'orders', id: null, properties: {} } }
    expect(says(['orders:read'], all).outcome).toBe('allow')
    expect(says(['orders:read:42', 'orders:read:*', 'orders:read:own'], all).outcome).toBe('none')
  })

  it('is nothing for names that are no names, whatever is held', () => {
    const strange = ['*', 'a:b', '', 'ordеrs', '__proto__', 'read:42', 'x'.repeat(65)]
    for (const name of strange) {
      expect(says(['*', 'orders:read:42'], { action: name }).outcome).toBe('none')
      const resource = { type: name, id: '42', properties: {} }
      expect(says(['*', 'orders:read'], { resource }).outcome).toBe('none')
    }
  })

  it('forgets rather than grows, and still says the same', () => {
    const permissions = ['orders:read']
    for (let i = 0; i < 2000; i++) expect(says(permissions, { action: `read${i}` }).outcome).toBe('none')
    expect(says(permissions).outcome).toBe('allow')
  })

  it('says what `covers` says', () => {
    const part = fc.constantFrom('*', 'orders', 'keys', 'read', 'emergency', 'own', '42')
    const permission = fc.oneof(
      fc.constant('*'),
      fc.tuple(part, part).map((parts) => parts.join(':')),
      fc.tuple(part, part, part).map((parts) => parts.join(':')),
    )
    const name = fc.constantFrom('orders', 'keys', 'read', 'emergency')
    fc.assert(
      fc.property(fc.array(permission, { maxLength: 4 }), name, name, (permissions, type, action) => {
        const { outcome } = says(permissions, { action, resource: { type, id: '42', properties: {} } })
        const covered = permissions.some((granted) => covers(granted, `${type}:${action}:42`))
        expect(outcome).toBe(covered ? 'allow' : 'none')
      }),
    )
  })
})
