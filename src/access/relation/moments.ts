import type { Moment } from './walk.ts'

/** Notes the moment of each reading of one answer. */
export type Moments = {
  readonly note: (moment: Moment | null) => void
  readonly seen: () => { readonly moment: Moment | null; readonly moved: boolean }
}

export function createMoments(): Moments {
  let first: Moment | null = null
  let moved = false
  return {
    note: (moment) => {
      moved ||= first !== null && moment !== null && first.revision !== moment.revision
      first ??= moment
    },
    seen: () => ({ moment: first, moved }),
  }
}
