import type { CheckParseAnswer, DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import type { FieldError } from '../../../core/index.ts'
import { wordsOf } from './judge.ts'
import type { Cedar, Library } from './library.ts'
import { placeOf } from './place.ts'
import type { PolicySource, PolicyText } from './request.ts'
import type { Steps } from './turns.ts'

/** What is too much for one set of policies; beyond it a set cannot be judged in the time that a request has. */
export const POLICY_BOUNDS = Object.freeze({ policies: 5000, text: 32_768, schema: 262_144 })

/**
 * Everything that is wrong with policies and their schema: what cannot be parsed, and what Cedar's validation finds in
 * its strict mode. The place of each is `/policies/3` or `/schema`, with line and column in the message.
 */
export function* findFaults(library: Library, source: PolicySource): Steps<FieldError[]> {
  const bounds = boundFaults(source)
  if (bounds.length > 0) return bounds
  const unparsed = schemaFaults(library, source.schema)
  const faultsOf = policyFaults(library)
  for (const [at, policy] of source.policies.entries()) {
    unparsed.push(...faultsOf(policy, at))
    yield
  }
  if (unparsed.length > 0 || source.schema === undefined) return unparsed
  return yield* invalid(library, source, source.schema)
}

/** Policies are held against the schema each by itself, so some are as good as all. */
const AT_ONCE = 10

function* invalid(library: Library, { policies }: PolicySource, schema: string): Steps<FieldError[]> {
  const faults: FieldError[] = []
  for (let from = 0; from < policies.length; from += AT_ONCE) {
    const some = policies.slice(from, from + AT_ONCE)
    faults.push(...attempt('/policies', () => library.ask((cedar) => validate(cedar, some, from, schema))))
    yield
  }
  return faults
}

function boundFaults({ policies, schema }: PolicySource): FieldError[] {
  const { policies: most, text, schema: longest } = POLICY_BOUNDS
  if (policies.length > most) return [{ path: '/policies', message: `must be at most ${most} policies` }]
  const ids = new Set<string>()
  const faults: FieldError[] = policies.flatMap((policy, at) => {
    const message = ids.has(policy.id) ? 'must have an id of its own' : textFault(policy.text, text)
    ids.add(policy.id)
    return message === null ? [] : [{ path: `/policies/${at}`, message }]
  })
  const message = schema === undefined ? null : textFault(schema, longest)
  return message === null ? faults : [...faults, { path: '/schema', message }]
}

function textFault(text: string, longest: number): string | null {
  if (text.length > longest) return `must be at most ${longest} characters`
  return text.isWellFormed() ? null : 'must be well-formed Unicode'
}

function schemaFaults({ ask }: Library, schema: string | undefined): FieldError[] {
  if (schema === undefined) return []
  return attempt('/schema', () =>
    parseFaults(
      ask((cedar) => cedar.checkParseSchema(schema)),
      '/schema',
      schema,
    ),
  )
}

function policyFaults({ ask }: Library) {
  return ({ text }: PolicyText, at: number): FieldError[] => {
    const path = `/policies/${at}`
    return attempt(path, () => parseFaults(ask(tryPolicy(text)), path, text))
  }
}

// All that is done with a policy later is done once, since each goes to another depth.
function tryPolicy(text: string) {
  return (cedar: Cedar): CheckParseAnswer => {
    const answer = cedar.preparsePolicySet('trial', { staticPolicies: { policy: text } })
    if (answer.type === 'success') cedar.policyToJson(text)
    return answer
  }
}

// Cedar descends by recursion, so what is nested deeply enough ends its stack instead of being answered.
function attempt(path: string, find: () => FieldError[]): FieldError[] {
  try {
    return find()
  } catch {
    return [{ path, message: 'is nested too deeply, or too long a chain' }]
  }
}

function parseFaults(answer: CheckParseAnswer, path: string, text: string): FieldError[] {
  return answer.type === 'success' ? [] : answer.errors.map((error) => faultOf(path, text, error))
}

function validate(cedar: Cedar, policies: readonly PolicyText[], from: number, schema: string): FieldError[] {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const answer = cedar.validate({ schema, policies: { staticPolicies } })
  if (answer.type === 'failure') return answer.errors.map((error) => faultOf('/schema', schema, error))
  return answer.validationErrors.map(({ policyId, error }) => {
    const at = policies.findIndex(({ id }) => id === policyId)
    return faultOf(`/policies/${from + at}`, policies[at]?.text ?? '', error)
  })
}

// Every error of the parser begins with the name under which the text was parsed, which says nothing here.
const PREFIX = /^(failed to parse policy with id `[^`]*` from string|for policy `(?:[^`\\]|\\.)*`)[:,] /

function faultOf(path: string, text: string, error: DetailedError): FieldError {
  const [where] = error.sourceLocations ?? []
  const message = wordsOf({ message: error.message.replace(PREFIX, ''), help: error.help ?? where?.label ?? null })
  return { path, message: where === undefined ? message : `${placeOf(text, where.start)}: ${message}` }
}
