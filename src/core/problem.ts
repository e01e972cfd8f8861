/** One wrong field of an input: where it is and what is wrong with it. */
export type FieldError = { readonly path: string; readonly message: string }

/** A row of a module's problem table: what every answer with this code says. */
export type ProblemDefinition = {
  /** HTTP status. */
  readonly status: number
  readonly title: string
  /** What happened and what to do next, for the person who reads the answer. */
  readonly detail: string
}

export type ProblemTable = Readonly<Record<string, ProblemDefinition>>

/**
 * An expected error as a value: stable code, public text. What only the operator may know goes to
 * `reason`, which is written to the Event and never to the wire.
 */
export type Problem<Code extends string = string> = {
  readonly code: Code
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly errors?: readonly FieldError[]
  /** Whole seconds after which the same request may succeed. */
  readonly retryAfter?: number
  /** Response headers that belong to this answer, such as `WWW-Authenticate`. Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  /** The code that the Event carries, where the wire must not tell it (row K11). */
  readonly eventCode?: string
  /** Private. For the Event and the log only. */
  readonly reason?: string
}

export type ProblemExtras = Partial<
  Pick<Problem, 'detail' | 'errors' | 'retryAfter' | 'headers' | 'eventCode' | 'reason'>
>

/**
 * Turns a module's problem table into a maker of problems whose code is checked by the compiler.
 *
 * @example
 * const refuse = problemsOf({ KEY_NOT_FOUND: { status: 404, title: 'No such key', detail: '…' } })
 * refuse('KEY_NOT_FOUND')
 */
export function problemsOf<const T extends ProblemTable>(
  table: T,
): (code: keyof T & string, extras?: ProblemExtras) => Problem<keyof T & string> {
  return (code, extras) => {
    const { status, title, detail } = table[code] as ProblemDefinition
    return Object.freeze({ code, status, title, detail, ...extras })
  }
}

/** What goes over the wire: RFC 9457, section 3. */
export type ProblemDocument = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly requestId: string
  readonly errors?: readonly FieldError[]
}

/** The public document of a problem (RFC 9457). The private reason stays behind. */
export function toProblemDocument(problem: Problem, requestId: string): ProblemDocument {
  const { code, title, status, detail, errors } = problem
  const document = { type: problemType(code), title, status, detail, code, requestId }
  return errors === undefined ? document : { ...document, errors }
}

/** The `type` URI of a code. A URN, because nothing has to answer at it; docs/problems.md lists them all. */
export function problemType(code: string): string {
  return `urn:sallyport:problem:${code.toLowerCase().replaceAll('_', '-')}`
}
