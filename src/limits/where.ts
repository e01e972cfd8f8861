/** Where requests come from that a limit is about, by the countries of their addresses (ISO 3166-1, two letters). */
export type Where = { readonly countries: readonly string[] | null; readonly outside: readonly string[] | null }

/** The country of an address, or null when it is not known. */
export type CountryOf = (address: string) => string | null

/** Whether a limit holds somebody. Where nobody knows a country, every limit holds. */
export function isAbout({ countries, outside }: Where, country: string | null): boolean {
  if (country === null) return true
  return countries?.includes(country) !== false && outside?.includes(country) !== true
}
