import type { Secret } from '../core/index.ts'
import type { Path } from './path.ts'
import type { Config } from './schema.ts'
import type { Spot } from './tree.ts'

/**
 * What was read, with undefined where something is wrong (and told already) or follows from other values. Checks look
 * at it as far as it goes, so that one load tells mistakes of form and of meaning together.
 */
export type Draft<T> = T extends string | number | boolean | null | Secret
  ? T | undefined
  : T extends readonly (infer I)[]
    ? readonly Draft<I>[] | undefined
    : { readonly [K in keyof T]: Draft<T[K]> } | undefined

export type ConfigDraft = Draft<Config>
export type RouteDraft = Draft<Config['gateway']['routes'][number]>

/** What a check may do: tell mistakes, and ask where a value was written (null: it is a default). */
export type Findings = {
  readonly say: (path: Path, message: string, want?: 'key' | 'value') => void
  readonly writtenIn: (path: Path) => Spot['from'] | null
}

/** A rule that no single value can break alone, or that a pattern can not tell. */
export type Check = {
  readonly name: string
  readonly look: (draft: NonNullable<ConfigDraft>, findings: Findings) => void
}
