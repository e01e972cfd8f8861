import type { Place } from './concurrency.ts'

/** The place of one exchange: given back once, and at once when the exchange was over before the place was there. */
export type Hold = { readonly take: (place: Place) => void; readonly end: () => void }

export function createHold(): Hold {
  let place: Place | null = null
  let over = false
  return {
    take: (given) => {
      if (over) given.leave()
      else place = given
    },
    end: () => {
      over = true
      place?.leave()
      place = null
    },
  }
}
