/** How far a JSON text may go. */
export type JsonBounds = {
  /** Lists and objects in each other. More than 256 are never followed. */
  readonly depth: number
  /** Elements of one list. */
  readonly items: number
  /** Members of one object. */
  readonly keys: number
}

/** What a reader of JSON holds a text to, besides its grammar (RFC 8259). */
export type JsonRules = JsonBounds & {
  /**
   * Every reader must take it alike (RFC 7493): no name twice in one object, no half of a surrogate pair, no number beyond a
   * double, no name that reaches into prototypes.
   */
  readonly alike: boolean
}

export type JsonFault =
  | 'not UTF-8'
  | 'byte order mark'
  | 'not JSON'
  | 'trailing'
  | 'half a character'
  | 'number'
  | 'duplicate'
  | 'prototype'
  | 'depth'
  | 'items'
  | 'keys'

/** What is wrong with a text, and where: a JSON Pointer (RFC 6901) to the value, empty for the whole. */
export type FoundFault = { readonly fault: JsonFault; readonly pointer: string }
