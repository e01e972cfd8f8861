import { choice, duration, integer, list, map, orNull, section, text } from '../fields.ts'
import { classificationsField } from './classifications.ts'

export const keysFields = {
  keys: section('API keys.', {
    brand: text(
      'First part of every key (`sp_live_…`), by which secret scanners know it. Keys of another brand are no longer found once it changed.',
      { pattern: '^[a-z0-9]{1,8}$', form: 'must be 1 to 8 of a-z and 0-9', default: 'sp' },
    ),
    cache: integer('How many key records a process keeps in memory.', { min: 0, max: 10_000_000, default: 100_000 }),
    classifications: classificationsField,
    refusalDelay: duration(
      'A credential that proves nothing is answered no sooner than this, so that time tells nothing about it.',
      {
        min: '0ms',
        max: '5s',
        default: '20ms',
      },
    ),
    leaks: section('Reports of leaked keys.', {
      github: section('Reports from the secret scanning of GitHub. Off until a key or the list of keys is given.', {
        publicKeys: map(
          'Public keys by their identifier, as PEM or as base64.',
          text('An ECDSA key on P-256.', {
            maxLength: 1024,
            pattern: '^[A-Za-z0-9+/=\\s-]+( PUBLIC KEY-----[A-Za-z0-9+/=\\s]+-----END PUBLIC KEY-----\\s*)?$',
            form: 'must be a public key, as PEM or as the base64 of its DER form',
          }),
          { names: '^[0-9A-Za-z_-]{1,128}$', maxProperties: 20, default: {} },
        ),
        keysUrl: orNull(
          text('Where the list of public keys is published: https://api.github.com/meta/public_keys/secret_scanning.', {
            maxLength: 512,
          }),
        ),
      }),
    }),
    rotationEvery: duration('How often the processes look for keys whose rotation or notice is due.', {
      min: '1s',
      max: '1h',
      default: '1m',
    }),
    rotationApproval: list(
      'Classifications whose keys are rotated only after another person approved it.',
      choice('A classification.', ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], {}),
      { maxItems: 4, default: ['CRITICAL', 'HIGH'] },
    ),
  }),
}
