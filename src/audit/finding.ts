/** What is wrong with a log. */
export type Trouble =
  | 'altered'
  | 'missing'
  | 'reordered'
  | 'inserted'
  | 'truncated'
  | 'log missing'
  | 'checkpoint invalid'

/** The first bad event of a log, as well as it can be told. */
export type Finding = {
  readonly log: string
  readonly seq: number
  /** Null when the event is gone, or what is left of it does not say. */
  readonly id: string | null
  readonly problem: Trouble
  /** For the operator. */
  readonly sentence: string
}

export type Verification = {
  readonly ok: boolean
  /** How many events were held against the tree. */
  readonly events: number
  readonly logs: number
  readonly first: Finding | null
}

export function finding(log: string, seq: number, id: string | null, problem: Trouble, sentence: string): Finding {
  return { log, seq, id, problem, sentence }
}
