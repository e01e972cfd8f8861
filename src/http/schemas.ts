import Type, { type TSchema } from 'typebox'

/** One line of text that people will read: no control characters, no halves of characters, bounded. */
export function Text(minLength: number, maxLength: number, description?: string) {
  return textOf('^[^\\p{Cc}\\p{Cs}]*$', minLength, maxLength, description)
}

/** Text that may have several lines. */
export function Prose(minLength: number, maxLength: number, description?: string) {
  return textOf('^([^\\p{Cc}\\p{Cs}]|[\\t\\n\\r])*$', minLength, maxLength, description)
}

function textOf(pattern: string, minLength: number, maxLength: number, description?: string) {
  return Type.String({ minLength, maxLength, pattern, ...(description === undefined ? {} : { description }) })
}

export const Time = Type.String({ format: 'date-time', maxLength: 35, description: 'ISO 8601 with a time zone.' })

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
  { $id: 'Problem', title: 'Problem' },
)

/** The error answers of a route, for its OpenAPI description. */
export function problemResponses(...statuses: number[]): Record<number, TSchema> {
  const reference = Type.Ref('Problem')
  return Object.fromEntries(statuses.map((status) => [status, reference]))
}
