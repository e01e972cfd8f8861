import { readFile } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type { CountryResponse, Reader } from 'maxmind'

/** Where addresses are. */
export type Geo = {
  /** Whether there is a database at all: without one, nothing is known of any address. */
  readonly known: boolean
  /**
   * The country of an address as two capital letters (ISO 3166-1), or null when it is private, not in the database, or
   * there is no database. Answers from memory.
   */
  readonly countryOf: (address: string) => string | null
}

/** Addresses whose country is remembered. */
const REMEMBERED = 50_000
const UNKNOWN = ''
const COUNTRY = /^[A-Z]{2}$/

const nowhere: Geo = Object.freeze({ known: false, countryOf: () => null })

/**
 * Opens a database in MaxMind's format (`.mmdb`) that knows the country of addresses, such as GeoLite2 Country or City.
 * The reader is loaded only when there is one.
 *
 * @param options.database the file's path, or null for none
 * @param options.onError hears of the first record that cannot be read
 * @throws with a sentence for the operator: a file that is not there, not such a database, or one without countries
 * @example const geo = await createGeo({ database: '/var/lib/geoip/GeoLite2-Country.mmdb', onError })
 */
export async function createGeo(options: {
  readonly database: string | null
  readonly onError: (error: unknown) => void
}): Promise<Geo> {
  const { database, onError } = options
  if (database === null) return nowhere
  const reader = await openReader(database)
  const countries = new LRUCache<string, string>({ max: REMEMBERED })
  let broken = false

  function countryOf(address: string): string | null {
    const known = countries.get(address) ?? remember(address)
    return known === UNKNOWN ? null : known
  }

  function remember(address: string): string {
    const country = look(address)
    countries.set(address, country)
    return country
  }

  function look(address: string): string {
    try {
      return countryIn(reader.get(address))
    } catch (error) {
      // One broken record says enough; the rest of the file may still be whole.
      if (!broken) onError(new Error(`${database} holds a record that cannot be read`, { cause: error }))
      broken = true
      return UNKNOWN
    }
  }

  return Object.freeze({ known: true, countryOf })
}

async function openReader(path: string): Promise<Reader<CountryResponse>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the database of countries ${path} cannot be read: ${error.code ?? error.message}`)
  })
  const { Reader: Database } = await import('maxmind')
  const reader = opened(() => new Database<CountryResponse>(bytes), path)
  const { databaseType } = reader.metadata
  if (/country|city|enterprise/i.test(databaseType)) return reader
  throw new Error(`${path} is a database of the type ${databaseType}, which does not tell countries`)
}

function opened<T>(open: () => T, path: string): T {
  try {
    return open()
  } catch {
    throw new Error(`${path} is not a database in MaxMind’s format (.mmdb), or it is damaged`)
  }
}

// The country the address is used in; where only that of its registration is known, that one.
function countryIn(record: CountryResponse | null): string {
  const code = record?.country?.iso_code ?? record?.registered_country?.iso_code
  return typeof code === 'string' && COUNTRY.test(code) ? code : UNKNOWN
}
