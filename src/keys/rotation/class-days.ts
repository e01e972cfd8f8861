import type { Classification } from '../key.ts'

/** How many days a key of a class lives, as configured. */
export type ClassDays = (classification: Classification) => number
