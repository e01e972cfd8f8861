import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createGeo } from './geo.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const outside = join(root, 'geoip')
const database = fileURLToPath(new URL('../../test/data/geoip/GeoIP2-Country-Test.mmdb', import.meta.url))
const fail = (error: unknown) => {
  throw error
}

describe('the country of an address', () => {
  it.each([
    ['89.160.20.112', 'SE'],
    ['81.2.69.160', 'GB'],
    ['2001:218::1', 'JP'],
    ['10.0.0.1', null],
    ['127.0.0.1', null],
    ['::1', null],
    ['203.0.113.7', null],
  ])('of %s is %s', async (address, country) => {
    const geo = await createGeo({ database, onError: fail })
    expect(geo.countryOf(address)).toBe(country)
    expect(geo.countryOf(address)).toBe(country)
  })

  it('is unknown without a database', async () => {
    const geo = await createGeo({ database: null, onError: fail })
    expect(geo).toMatchObject({ known: false })
    expect(geo.countryOf('89.160.20.112')).toBeNull()
  })

  it('is unknown for what is not an address', async () => {
    const geo = await createGeo({ database, onError: () => undefined })
    expect(geo.countryOf('not an address')).toBeNull()
  })

  it('is not asked of a file that is not there, is something else, or is cut off', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-geo-'))
    const half = join(folder, 'half.mmdb')
    await writeFile(half, readFileSync(database).subarray(0, 5000))
    await expect(createGeo({ database: join(folder, 'none.mmdb'), onError: fail })).rejects.toThrow(
      'cannot be read: ENOENT',
    )
    await expect(createGeo({ database: folder, onError: fail })).rejects.toThrow('cannot be read: EISDIR')
    await expect(createGeo({ database: half, onError: fail })).rejects.toThrow('is not a database in MaxMind’s format')
    await expect(createGeo({ database: fileURLToPath(import.meta.url), onError: fail })).rejects.toThrow(
      'is not a database',
    )
    await rm(folder, { recursive: true })
  })
})

type Entry = { readonly country?: { iso_code?: string }; readonly registered_country?: { iso_code?: string } }

describe.skipIf(!existsSync(outside))('the outside vectors of MaxMind', () => {
  const files = existsSync(outside) ? readdirSync(join(outside, 'mmdb')) : []
  const countries = (name: string): [string, Entry][] =>
    (JSON.parse(readFileSync(join(outside, `source/${name}.json`), 'utf8')) as Record<string, Entry>[]).flatMap((it) =>
      Object.entries(it),
    )

  it.each(['GeoIP2-Country-Test', 'GeoIP2-City-Test'])(
    '%s: every network has the country it should have',
    async (name) => {
      const geo = await createGeo({ database: join(outside, `mmdb/test-data__${name}.mmdb`), onError: fail })
      const wrong = countries(name).filter(([network, entry]) => {
        const expected = entry.country?.iso_code ?? entry.registered_country?.iso_code ?? null
        return geo.countryOf(network.split('/')[0] as string) !== expected
      })
      expect(countries(name).length).toBeGreaterThan(100)
      expect(wrong).toEqual([])
    },
  )

  it('a database without countries is refused, saying what it is', async () => {
    const asn = join(outside, 'mmdb/test-data__GeoLite2-ASN-Test.mmdb')
    await expect(createGeo({ database: asn, onError: fail })).rejects.toThrow('GeoLite2-ASN')
  })

  it.each(files.filter((file) => /^bad-data|[Bb]roken|Invalid/.test(file)))('%s harms nobody', async (file) => {
    const errors: unknown[] = []
    const geo = await createGeo({ database: join(outside, 'mmdb', file), onError: (it) => errors.push(it) }).catch(
      (error: Error) => error.message,
    )
    if (typeof geo === 'string') {
      expect(geo).toContain(file)
      return
    }
    for (const address of ['1.1.1.1', '81.2.69.160', '2001:218::1', '255.255.255.255', '::']) {
      expect(geo.countryOf(address)).toSatisfy((it) => it === null || /^[A-Z]{2}$/.test(it))
    }
    expect(errors.length).toBeLessThanOrEqual(1)
  })
})
