import { orNull, section, text } from '../fields.ts'

export const geoFields = {
  geo: section('Where addresses are.', {
    database: orNull(
      text(
        'File in MaxMind’s format (`.mmdb`) that tells the country of an address. Without one, countries are not known.',
        { maxLength: 1024, examples: ['./GeoLite2-Country.mmdb'] },
      ),
    ),
  }),
}
