import { choice, integer, map, orNull, section, text } from '../fields.ts'

const NAME = '^[A-Za-z][A-Za-z0-9._-]{0,63}$'

const secretStoreField = section('A place where keys are put for the programs that use them.', {
  kind: choice(
    '`file`: a folder with one file for each secret; `environment`: variables.',
    ['file', 'environment'],
    {},
  ),
  folder: orNull(
    text('For `file`: the folder. Values lie there as plain text, readable by the owner of the process only.', {
      maxLength: 1024,
      examples: ['/run/keys'],
    }),
  ),
  file: orNull(
    text(
      'For `environment`: a dotenv file that is kept up to date. Without one the variables of this process are read, and nothing can be put there.',
      { maxLength: 1024, examples: ['/srv/app/.env'] },
    ),
  ),
  versions: integer('How many former values of a secret are kept beside it.', { min: 1, max: 100, default: 10 }),
})

export const secretStoresFields = {
  secretStores: map('Places where rotated keys are put, by name.', secretStoreField, {
    names: NAME,
    maxProperties: 100,
    default: {},
  }),
}
