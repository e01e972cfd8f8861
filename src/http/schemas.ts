import type { TSchema } from 'typebox'
import { Type } from '../core/index.ts'

/**
 * One line of text that people will read: no control characters, none that end a line or turn its direction around, no
 * halves of characters, bounded. Where it must not be empty it must not be blank either.
 */
export function Text(minLength: number, maxLength: number, description?: string) {
  const seen = minLength === 0 ? '' : '(?=.*[^\\s\\p{Cf}])'
  return textOf(`^${seen}[^\\p{Cc}\\p{Cs}${TURNING}\\u2028\\u2029]*$`, minLength, maxLength, description)
}

/** Text that may have several lines. */
export function Prose(minLength: number, maxLength: number, description?: string) {
  return textOf(`^([^\\p{Cc}\\p{Cs}${TURNING}]|[\\t\\n\\r])*$`, minLength, maxLength, description)
}

// A name that reads from right to left inside can look like another one (Unicode Technical Report 36, section 2.5).
const TURNING = '\\u202a-\\u202e\\u2066-\\u2069'

function textOf(pattern: string, minLength: number, maxLength: number, description?: string) {
  return Type.String({ minLength, maxLength, pattern, ...(description === undefined ? {} : { description }) })
}

// Narrower than the format, which lets pass what is no moment of a clock here: a leap second, a zone without minutes.
const MOMENT = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$'

export const Time = Type.String({
  format: 'date-time',
  pattern: MOMENT,
  maxLength: 35,
  description: 'ISO 8601 with a time zone.',
})

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** The body of every error (RFC 9457, section 3, with our members). */
export const ProblemBody = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    requestId: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  {
    $id: 'Problem',
    title: 'Problem',
    examples: [
      {
        type: 'urn:sallyport:problem:input-invalid',
        title: 'The input is wrong',
        status: 400,
        detail: 'One or more fields are not what this endpoint takes; `errors` names each.',
        code: 'INPUT_INVALID',
        requestId: 'req_1hq3v0c9kd5m7w2x8p4t6r1a',
        errors: [{ path: 'name', message: 'is missing' }],
      },
    ],
  },
)

/** The error answers of a route, for its OpenAPI description. */
export function problemResponses(...statuses: number[]): Record<number, TSchema> {
  const content = { 'application/problem+json': { schema: Type.Ref('Problem') } }
  return Object.fromEntries(statuses.map((status) => [status, { description: REASONS[status], content }]))
}

/** The answer of a route that writes text as it comes, for its OpenAPI description. */
export function streamOf(mediaType: string, description: string, example: string): TSchema {
  return { description, content: { [mediaType]: { schema: Type.String({ examples: [example] }) } } }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'The request is not what this endpoint takes.',
  401: 'No credential, or one that is not valid.',
  403: 'The credential does not permit it.',
  404: 'There is no such thing.',
  409: 'It is not in a state for this.',
  412: 'It was changed meanwhile.',
  413: 'The body is too large.',
  422: 'The Idempotency-Key was used for something else.',
  429: 'Too many requests.',
  503: 'A part that this request needs does not answer.',
}
