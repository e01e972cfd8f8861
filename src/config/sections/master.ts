import { environmentSecret, orNull, section, text } from '../fields.ts'

export const masterFields = {
  master: section('The key under which all other keys are sealed. Without any of these one is generated in `data`.', {
    key: environmentSecret('The master key itself.', {
      pattern: '^[A-Za-z0-9+/=_-]+$',
      form: 'must be 32 bytes or more in hexadecimal or base64',
      minLength: 43,
      maxLength: 512,
    }),
    keyFile: orNull(
      text('File that holds the master key, such as a mounted secret. Only its owner may read it.', {
        maxLength: 1024,
      }),
    ),
    passphrase: environmentSecret('A passphrase from which the master key is derived.', {
      minLength: 12,
      maxLength: 1024,
    }),
  }),
}
