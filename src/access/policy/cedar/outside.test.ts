import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compilePolicies } from './compile/compile.ts'
import { findFaults } from './faults.ts'
import { createJudge } from './judge.ts'
import { loadCedar } from './library.ts'
import type { Entity, PolicyAnswer, PolicyRequest, PolicySource } from './request.ts'
import { isSameAnswer } from './shadow.ts'
import { atOnce } from './turns.ts'

// What Cedar's own project recorded: requests, and which policies decided them or failed.
type Recorded = PolicyRequest & { decision: 'allow' | 'deny'; reason: string[]; errors: string[] }
type Case = { id: string; policies: string; entities: Entity[]; schema?: string; requests: Recorded[] }

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../../../shared/vectors', import.meta.url))
const folder = join(root, 'authz', 'cedar')
const FILES = ['integration.jsonl', 'fuzz-corpus-sample.jsonl'] as const

function casesOf(name: string): Case[] {
  const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line))
    .map((it) => (it.request === undefined ? it : { ...it, requests: [{ ...it, ...it.request }] }))
}

// Cedar names policies by their order in the text, and gives its parts back sorted by those names.
function sourceOf({ policies, schema }: Case): PolicySource {
  const answer = loadCedar().ask((cedar) => cedar.policySetTextToParts(policies))
  if (answer.type === 'failure') throw new Error(`these policies cannot be parsed: ${policies}`)
  const ids = answer.policies.map((_, i) => `policy${i}`).sort()
  const named = answer.policies.map((text, i) => ({ id: ids[i] ?? '', text }))
  return schema === undefined ? { policies: named } : { policies: named, schema }
}

function recordedAnswer({ decision, reason, errors }: Recorded): PolicyAnswer {
  return { decision, determining: reason.toSorted(), errors: errors.map((policy) => ({ policy, message: '' })) }
}

function mistake({ id }: Case, answer: PolicyAnswer, request: Recorded): string[] {
  const recorded = recordedAnswer(request)
  return isSameAnswer(answer, recorded) ? [] : [`${id}: ${JSON.stringify(answer)}, not ${JSON.stringify(recorded)}`]
}

describe.skipIf(!existsSync(folder))('what Cedar recorded', () => {
  it.each(FILES)('in %s, our functions decide the same', { timeout: 120_000 }, (file) => {
    const cases = casesOf(file)
    const left = new Map<string, number>()
    const leave = (why: string) => left.set(why, (left.get(why) ?? 0) + 1)
    const wrong = cases.flatMap((it) => {
      const { decide, unknown } = atOnce(compilePolicies(loadCedar(), sourceOf(it)))
      return it.requests.flatMap((request) => {
        const answer = unknown.length > 0 ? null : decide(request, it.entities)
        if (answer === null)
          leave(unknown.length > 0 ? `${unknown.join()} in a policy` : 'values that JSON writes otherwise')
        return answer === null ? [] : mistake(it, answer, request)
      })
    })
    const all = cases.flatMap(({ requests }) => requests).length
    const judged = [...left.values()].reduce((sum, some) => sum + some, 0)
    console.info(`Cedar’s ${file}: ${all} requests, ${all - judged} compiled, ${wrong.length} wrong; judged:`, left)
    expect(wrong).toEqual([])
    expect(judged).toBeLessThan(all / 20)
  })

  it.each(FILES)('in %s, every policy is accepted and Cedar here decides the same', { timeout: 120_000 }, (file) => {
    const cases = casesOf(file).filter((_, i) => i % 10 === 0)
    const wrong = cases.flatMap((it) => {
      const source = sourceOf(it)
      const judge = createJudge(loadCedar(), source)
      const faults = atOnce(findFaults(loadCedar(), source)).map(({ message }) => `${it.id}: ${message}`)
      const asked = it.requests.map((request) => ({ request, answer: judge(request, it.entities) }))
      // JSON of JavaScript cannot carry a long beyond 2^53; such a request is refused as a whole.
      const read = asked.filter(({ answer }) => !answer.errors.some(({ policy }) => policy === null))
      return [...faults, ...read.flatMap(({ request, answer }) => mistake(it, answer, request))]
    })
    console.info(`Cedar’s ${file}: ${cases.length} of its cases judged, ${wrong.length} wrong`)
    expect(wrong).toEqual([])
  })
})
