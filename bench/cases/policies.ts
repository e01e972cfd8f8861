import { createMongoAbility, subject } from '@casl/ability'
import cedar from '@cedar-policy/cedar-wasm/nodejs'
import { newEnforcer, newModelFromString } from 'casbin'
import { type Entity, openPolicySet, type PolicyRequest } from '../../src/access/index.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const ACTIONS = 10
const SIZES = [10, 100, 1000] as const
const TOP_LEVEL = 9

type Size = (typeof SIZES)[number]
/** One question to one engine, numbered so that it is another one each time; it must be allowed. */
type Ask = (n: number) => boolean
type Peer = { readonly name: string; readonly times: number; readonly ask: Ask }

/**
 * One decision among 10, 100 and 1,000 policies: a team may do something with documents up to a level. Each question and
 * its entities are made anew, as they are for a request; that is in our figure and in Cedar's.
 */
export async function benchPolicies(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const size of SIZES) figures.push(...(await figuresOf(size)))
  return figures
}

async function figuresOf(size: Size): Promise<Figure[]> {
  const peers = [await ours(size), bare(size), await casbin(size), casl(size)]
  const rates = new Map(peers.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, times, ask } of peers) {
      const rate = rateOf(times, ask)
      // The first round warms the machine up.
      if (round > 0) rates.get(name)?.push(rate)
    }
  }
  const figures = peers.map(({ name }) => {
    const promise = name === 'ours' && size === 100 ? atLeast(500_000) : undefined
    return figure(`policies, ${size}: ${name}`, 'decisions/s', rates.get(name) ?? [], promise)
  })
  const micros = (rates.get('ours') ?? []).map((rate) => 1_000_000 / rate)
  return size === 1000 ? [...figures, figure('policies, 1000: ours', 'µs', micros, atMost(2))] : figures
}

function rateOf(times: number, ask: Ask): number {
  const start = performance.now()
  for (let n = 0; n < times; n++) if (!ask(n)) throw new Error('what is allowed was denied')
  return (times * 1000) / (performance.now() - start)
}

const teamOf = (policy: number) => `team ${Math.floor(policy / ACTIONS)}`
const actionOf = (policy: number) => `act${policy % ACTIONS}`

function textOf(policy: number): string {
  const head = `principal in Team::"${teamOf(policy)}", action == Action::"${actionOf(policy)}", resource is Document`
  return `permit(${head}) when { resource.level <= principal.level && context.mfa };`
}

function questionOf(policy: number, n: number): { request: PolicyRequest; entities: Entity[] } {
  const principal = { type: 'User', id: `user ${n % 100}` }
  const resource = { type: 'Document', id: `document ${n % 1000}` }
  const action = { type: 'Action', id: actionOf(policy) }
  const entities = [
    { uid: principal, attrs: { level: TOP_LEVEL, name: 'Ann' }, parents: [{ type: 'Team', id: teamOf(policy) }] },
    { uid: resource, attrs: { level: n % TOP_LEVEL, title: 'A document' }, parents: [] },
  ]
  return { request: { principal, action, resource, context: { mfa: true, country: 'CH' } }, entities }
}

function policiesOf(size: Size) {
  return Array.from({ length: size }, (_, i) => ({ id: `policy ${i}`, text: textOf(i) }))
}

async function ours(size: Size): Promise<Peer> {
  const opened = await openPolicySet({ policies: policiesOf(size) })
  if (!opened.ok) throw new Error(opened.problem.detail)
  const ask: Ask = (n) => {
    const { request, entities } = questionOf(n % size, n)
    return opened.value.decide(request, entities).decision === 'allow'
  }
  return { name: 'ours', times: 300_000, ask }
}

function bare(size: Size): Peer {
  const staticPolicies = Object.fromEntries(policiesOf(size).map(({ id, text }) => [id, text]))
  cedar.preparsePolicySet('bench', { staticPolicies })
  const ask: Ask = (n) => {
    const { request, entities } = questionOf(n % size, n)
    const call = { ...request, entities, preparsedPolicySetId: 'bench' }
    const answer = cedar.statefulIsAuthorized(call as unknown as Parameters<typeof cedar.statefulIsAuthorized>[0])
    return answer.type === 'success' && answer.response.decision === 'allow'
  }
  return { name: 'cedar-wasm', times: size === 1000 ? 300 : 3000, ask }
}

const MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, level
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.obj.type == p.obj && r.obj.level <= r.sub.level && g(r.sub.id, p.sub)`

async function casbin(size: Size): Promise<Peer> {
  const enforcer = await newEnforcer(newModelFromString(MODEL))
  for (let i = 0; i < size; i++) await enforcer.addPolicy(teamOf(i), 'Document', actionOf(i), '9')
  for (let i = 0; i < size; i += ACTIONS) await enforcer.addGroupingPolicy(`user of ${teamOf(i)}`, teamOf(i))
  const ask: Ask = (n) => {
    const sub = { id: `user of ${teamOf(n % size)}`, level: TOP_LEVEL }
    return enforcer.enforceSync(sub, { type: 'Document', level: n % TOP_LEVEL }, actionOf(n % size))
  }
  return { name: 'casbin', times: size === 1000 ? 200 : 2000, ask }
}

// An ability belongs to one person, so all rules are theirs: it answers a smaller question than the others.
function casl(size: Size): Peer {
  const rules = Array.from({ length: size }, (_, i) => ({
    action: `${teamOf(i)} ${actionOf(i)}`,
    subject: 'Document',
    conditions: { level: { $lte: TOP_LEVEL } },
  }))
  const ability = createMongoAbility(rules)
  const ask: Ask = (n) => {
    const document = subject('Document', { level: n % TOP_LEVEL })
    return ability.can(`${teamOf(n % size)} ${actionOf(n % size)}`, document)
  }
  return { name: '@casl/ability', times: 100_000, ask }
}
