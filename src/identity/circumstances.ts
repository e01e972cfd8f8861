import type { Caller } from '../core/index.ts'
import type { IdentityDeps } from './deps.ts'
import type { Language } from './person/person.ts'

/** When and from where something was done, as a mail tells it. */
export type Circumstances = {
  /** Milliseconds; a mail writes it in UTC. */
  readonly when: number
  /** Null for what was done at the machine itself. */
  readonly where: string | null
}

/**
 * When and from where a caller acts, for the mail that tells a person of it (row I15).
 *
 * @example circumstancesOf(deps, caller, 'de') // { when: 1767225600000, where: 'Deutschland (198.51.100.7)' }
 */
export function circumstancesOf(
  deps: Pick<IdentityDeps, 'clock' | 'countryOf'>,
  { address }: Pick<Caller, 'address'>,
  language: Language,
): Circumstances {
  return {
    when: deps.clock.now(),
    where: address === null ? null : placeOf(address, deps.countryOf(address), language),
  }
}

function placeOf(address: string, country: string | null, language: Language): string {
  return country === null ? address : `${countryName(country, language)} (${address})`
}

function countryName(code: string, language: Language): string {
  return NAMES[language].of(code) ?? code
}

const NAMES: Readonly<Record<Language, Intl.DisplayNames>> = {
  en: new Intl.DisplayNames('en', { type: 'region' }),
  de: new Intl.DisplayNames('de', { type: 'region' }),
}
