import type { AuthorizationAnswer, DetailedError, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs'
import type { Cedar, Library } from './library.ts'
import type { Entity, PolicyAnswer, PolicyRequest, PolicySource } from './request.ts'

/** How many policy sets Cedar holds parsed at a time; one more takes the place of whichever was not asked longest. */
const PLACES = 16

export type Decide = (request: PolicyRequest, entities: readonly Entity[]) => PolicyAnswer

/**
 * Cedar as the judge of these policies: every question is a call into WebAssembly, 0.1 ms for a few policies and
 * milliseconds for a thousand. What it cannot read is a deny with a fault, never an exception.
 */
export function createJudge(library: Library, source: PolicySource): Decide {
  const owner = {}
  return (request, entities) => {
    try {
      const preparsed = takePlace(library, owner, source)
      const call = callOf(request, entities, preparsed)
      return answerOf(library.ask((cedar) => cedar.statefulIsAuthorized(call)))
    } catch (error) {
      return unread(error instanceof Error ? error.message : String(error))
    }
  }
}

type Preparsed = Pick<StatefulAuthorizationCall, 'preparsedPolicySetId' | 'preparsedSchemaName' | 'validateRequest'>

// A Map remembers the order of insertion: the first is the one not asked longest.
function takePlace({ ask, places }: Library, owner: object, source: PolicySource): Preparsed {
  const held = places.get(owner)
  const place = held ?? freePlace(places)
  places.delete(owner)
  if (held === undefined) ask((cedar) => parseInto(cedar, place, source))
  places.set(owner, place)
  const schema = source.schema === undefined ? {} : { preparsedSchemaName: place, validateRequest: true }
  return { preparsedPolicySetId: place, ...schema }
}

function freePlace(places: Library['places']): string {
  if (places.size < PLACES) return `place ${places.size}`
  const [oldest] = places
  if (oldest === undefined) throw new Error('there is no place for policies')
  places.delete(oldest[0])
  return oldest[1]
}

function parseInto(cedar: Cedar, place: string, { policies, schema }: PolicySource): void {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const answers = [cedar.preparsePolicySet(place, { staticPolicies })]
  if (schema !== undefined) answers.push(cedar.preparseSchema(place, schema))
  const failed = answers.find((answer) => answer.type === 'failure')
  if (failed !== undefined) throw new Error('policies that were opened cannot be parsed any more')
}

function callOf(request: PolicyRequest, entities: readonly Entity[], preparsed: Preparsed): StatefulAuthorizationCall {
  const { principal, action, resource, context } = request
  return { principal, action, resource, context, entities, ...preparsed } as unknown as StatefulAuthorizationCall
}

function answerOf(answer: AuthorizationAnswer): PolicyAnswer {
  if (answer.type === 'failure') return unread(answer.errors.map(wordsOf).join('; '))
  const { decision, diagnostics } = answer.response
  return Object.freeze({
    decision,
    determining: diagnostics.reason.toSorted(),
    errors: diagnostics.errors.map(({ policyId, error }) => ({ policy: policyId, message: wordsOf(error) })),
  })
}

function unread(message: string): PolicyAnswer {
  return Object.freeze({ decision: 'deny', determining: [], errors: [{ policy: null, message }] })
}

/** What Cedar says is wrong, with what it thinks was meant. */
export function wordsOf({ message, help }: Pick<DetailedError, 'message' | 'help'>): string {
  return help === null ? message : `${message} (${help})`
}
