import type { Exchange, Problem } from '../core/index.ts'

/** The body of a request, read to its end. */
export type RuledBody = {
  readonly type: string | undefined
  readonly encoding: string | undefined
  readonly bytes: Buffer
  /** The JSON value in it, parsed once however many rules ask. @throws SyntaxError */
  readonly json: () => unknown
}

/** What goes on of a body, or why nothing does. */
export type Ruling =
  | { readonly is: 'body'; readonly bytes: Buffer }
  | { readonly is: 'deny'; readonly problem: Problem }

/** What is made of a request's body before anybody else reads it. */
export type BodyRule = {
  readonly name: string
  /** What it lets go on is as it was written, not compressed. */
  readonly unpacks?: boolean
  readonly judge: (exchange: Exchange, body: RuledBody) => Ruling
}

/** A body goes on as it is, or not at all. */
export function rulingOn({ bytes }: RuledBody, problem: Problem | null): Ruling {
  return problem === null ? { is: 'body', bytes } : { is: 'deny', problem }
}
