import { choice, flag, orNull, section, text } from '../fields.ts'

/** How passkeys and security keys are asked for and taken (row I6). */
export const identityPasskeyFields = section('Passkeys and security keys.', {
  rpId: orNull(
    text(
      'The domain that passkeys are made for: the issuer’s host, which null is, or a domain above it. With another one later every passkey is lost.',
      {
        maxLength: 253,
        pattern: '^(?!-)[a-z0-9-]{1,63}(\\.(?!-)[a-z0-9-]{1,63})*$',
        form: 'must be a host name in small letters, such as example.com',
        examples: ['example.com'],
      },
    ),
  ),
  rpName: text('What an authenticator calls this system when it asks its owner.', {
    maxLength: 64,
    default: 'Sallyport',
  }),
  attestation: choice(
    'Whether an authenticator is asked to prove its model. `direct` makes browsers ask their users, and is worth it only with `metadataFile`.',
    ['none', 'direct'],
    { default: 'none' },
  ),
  metadataFile: orNull(
    text(
      'Names and icons of authenticators: the BLOB of the FIDO Metadata Service with `metadataRootFile`, or else JSON, AAGUID to `name` and `icon_light`. It is read at the start.',
      { maxLength: 1024 },
    ),
  ),
  metadataRootFile: orNull(
    text('The certificates in PEM that the signature of the BLOB has to lead to.', { maxLength: 1024 }),
  ),
  metadataSigner: text('The host that the certificate of the BLOB’s signer has to be for.', {
    maxLength: 253,
    default: 'mds.fidoalliance.org',
  }),
  requireKnownAuthenticators: flag(
    'Refuse to register an authenticator whose model the BLOB does not know and vouch for, or knows to be revoked or compromised. Most passkeys of phones and password managers prove no model and are refused.',
    { default: false },
  ),
})
