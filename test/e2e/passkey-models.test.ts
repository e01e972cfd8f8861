import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CompactSign } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuthenticator, type SoftOptions } from '../support/authenticator.ts'
import { backends, type World } from '../support/backends.ts'
import { type MadeCertificate, makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const GOOD = '11111111-1111-4111-8111-111111111111'
const BROKEN = '22222222-2222-4222-8222-222222222222'
const UNKNOWN = '33333333-3333-4333-8333-333333333333'
const ICON = 'data:image/png;base64,iVBORw0KGgo='
const SIGNER = 'mds.fidoalliance.org'

const ca = (CN: string) => makeCertificate({ subject: { C: 'DE', O: 'Example', CN }, ca: true })
const root = ca('Root of metadata')
const vendor = ca('Root of a vendor')
const stranger = ca('Root of nobody')

const leafOf = (issuer: MadeCertificate, aaguid: string, more: { to?: Date } = {}) =>
  makeCertificate({
    subject: { C: 'DE', O: 'Example', OU: 'Authenticator Attestation', CN: 'Model' },
    issuer,
    aaguid,
    ...more,
  })

const entry = (aaguid: string, description: string, status: string) => ({
  aaguid,
  metadataStatement: {
    description,
    icon: ICON,
    attestationRootCertificates: [vendor.der.toString('base64'), 'not a certificate'],
  },
  statusReports: [{ status, effectiveDate: '2025-01-01' }],
})

/** A BLOB as the FIDO Metadata Service signs it. */
function blobOf(
  signer: MadeCertificate,
  {
    chain = [signer],
    entries = [entry(GOOD, 'Good Key', 'FIDO_CERTIFIED_L1'), entry(BROKEN, 'Broken Key', 'REVOKED')] as unknown[],
  } = {},
): Promise<string> {
  const payload = {
    legalHeader: 'x',
    no: 1,
    nextUpdate: '2099-01-01',
    entries: [...entries, { attestationCertificateKeyIdentifiers: ['aa'] }],
  }
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', x5c: chain.map(({ der }) => der.toString('base64')) })
    .sign(signer.key)
}

const signer = makeCertificate({ subject: { CN: SIGNER }, issuer: root, host: SIGNER })

/** A server with what is known of authenticators in files. */
async function openWith(world: World, files: { metadata: string; root?: string }, more: Record<string, string> = {}) {
  const metadataFile = join(world.dataDir, 'metadata')
  await writeFile(metadataFile, files.metadata)
  const rootFile = join(world.dataDir, 'roots.pem')
  if (files.root !== undefined) await writeFile(rootFile, files.root)
  const env = {
    SALLYPORT_IDENTITY_PASSKEYS_METADATA_FILE: metadataFile,
    ...(files.root === undefined ? {} : { SALLYPORT_IDENTITY_PASSKEYS_METADATA_ROOT_FILE: rootFile }),
    ...more,
  }
  return openControl(world, { issuerHost: 'localhost', env })
}

async function signedIn(control: Control): Promise<Visitor> {
  const { email, password } = await makePerson(control)
  const visitor = openVisitor(control.url)
  expect((await visitor.post('/v1/auth/login', { email, password })).status).toBe(200)
  return visitor
}

const sqlite = backends.slice(0, 1)

describe.each(sqlite)('authenticators of known models alone', ({ open }) => {
  let world: World
  let control: Control
  let visitor: Visitor

  beforeAll(async () => {
    world = await open()
    control = await openWith(
      world,
      { metadata: `${await blobOf(signer)}\n`, root: `${stranger.pem}${root.pem}` },
      {
        SALLYPORT_IDENTITY_PASSKEYS_ATTESTATION: 'direct',
        SALLYPORT_IDENTITY_PASSKEYS_REQUIRE_KNOWN_AUTHENTICATORS: 'true',
      },
    )
    visitor = await signedIn(control)
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const add = async (options: Omit<SoftOptions, 'origin'>, format?: string) => {
    const asked = (await visitor.post('/v1/account/passkeys/options', {})).body
    expect(asked.attestation).toBe('direct')
    const authenticator = openAuthenticator({ origin: control.url, ...options })
    const response = authenticator.create(asked, format === undefined ? {} : { format })
    const answer = await visitor.post('/v1/account/passkeys', { name: 'Key', response })
    return { ...answer, authenticator }
  }
  const prove = async (authenticator: ReturnType<typeof openAuthenticator>) => {
    const options = (await visitor.post('/v1/account/step-up/begin', { method: 'passkey' })).body
    expect(
      (await visitor.post('/v1/account/step-up', { method: 'passkey', response: authenticator.get(options) })).status,
    ).toBe(200)
  }

  it('refuses what is unknown, compromised, not attested, or attested by others, and says so', async () => {
    const refused: readonly (readonly [string, Omit<SoftOptions, 'origin'>])[] = [
      ['unknown', { aaguid: UNKNOWN, attestation: { leaf: leafOf(vendor, UNKNOWN) } }],
      ['revoked', { aaguid: BROKEN, attestation: { leaf: leafOf(vendor, BROKEN) } }],
      ['not attested', { aaguid: GOOD }],
      ['without a model', {}],
      ['attested by nobody', { aaguid: GOOD, attestation: { leaf: leafOf(stranger, GOOD), others: [stranger] } }],
      [
        'attested by itself',
        {
          aaguid: GOOD,
          attestation: {
            leaf: makeCertificate({
              subject: { C: 'DE', O: 'Example', OU: 'Authenticator Attestation', CN: 'Model' },
              aaguid: GOOD,
            }),
          },
        },
      ],
    ]
    for (const [why, options] of refused) {
      const { status, body } = await add(options)
      expect([why, status, body.code]).toEqual([why, 403, 'AUTHENTICATOR_REFUSED'])
    }
  })

  it('refuses an attestation that does not hold', async () => {
    const invalid: readonly (readonly [string, Omit<SoftOptions, 'origin'>, string?])[] = [
      ['the certificate of another model', { aaguid: GOOD, attestation: { leaf: leafOf(vendor, BROKEN) } }],
      [
        'a certificate that is over',
        { aaguid: GOOD, attestation: { leaf: leafOf(vendor, GOOD, { to: new Date('2025-01-01') }) } },
      ],
      ['a statement of another form', { aaguid: GOOD, attestation: { leaf: leafOf(vendor, GOOD) } }, 'tpm'],
    ]
    for (const [why, options, format] of invalid) {
      const { status, body } = await add(options, format)
      expect([why, status, body.code], JSON.stringify(body)).toEqual([why, 400, 'PASSKEY_INVALID'])
    }
    // A form that nobody verifies here is no attestation.
    const android = await add({ aaguid: GOOD, attestation: { leaf: leafOf(vendor, GOOD) } }, 'android-key')
    expect(android.body.code).toBe('AUTHENTICATOR_REFUSED')
  })

  it('takes what the metadata vouches for, with its name and picture, through an intermediate too', async () => {
    const { status, body, authenticator } = await add({ aaguid: GOOD, attestation: { leaf: leafOf(vendor, GOOD) } })
    expect(status, JSON.stringify(body)).toBe(201)
    const model = { aaguid: GOOD, name: 'Good Key', icon: ICON, attested: true }
    expect(body.passkey.authenticator).toEqual(model)
    await prove(authenticator)
    const middle = makeCertificate({ subject: { C: 'DE', O: 'Example', CN: 'Middle' }, issuer: vendor, ca: true })
    const second = await add({ aaguid: GOOD, attestation: { leaf: leafOf(middle, GOOD), others: [middle] } })
    expect(second.body.passkey?.authenticator, JSON.stringify(second.body)).toEqual(model)
    const none = makeCertificate({ subject: { C: 'DE', O: 'Example', CN: 'No CA' }, issuer: vendor })
    const third = await add({ aaguid: GOOD, attestation: { leaf: leafOf(none, GOOD), others: [none] } })
    expect(third.body.code).toBe('AUTHENTICATOR_REFUSED')
  })
})

describe.each(sqlite)('what is known of authenticators', ({ open }) => {
  it('may be names alone, which vouch for nothing', async () => {
    const world = await open()
    const names = {
      [GOOD.toUpperCase()]: { name: 'Phone\u0007 of Example', icon_light: ICON, icon_dark: ICON },
      [BROKEN]: { name: 'Other', icon: 'https://tracker.example/x.png' },
    }
    const control = await openWith(world, { metadata: JSON.stringify(names) })
    try {
      const seen = []
      for (const aaguid of [GOOD, BROKEN]) {
        const visitor = await signedIn(control)
        const asked = (await visitor.post('/v1/account/passkeys/options', {})).body
        const response = openAuthenticator({ origin: control.url, aaguid }).create(asked)
        seen.push((await visitor.post('/v1/account/passkeys', { name: 'Key', response })).body.passkey.authenticator)
      }
      expect(seen).toEqual([
        { aaguid: GOOD, name: 'Phone of Example', icon: ICON, attested: false },
        // A picture is part of the file, or whoever has it would see who looks at their list.
        { aaguid: BROKEN, name: 'Other', icon: null, attested: false },
      ])
    } finally {
      await control.stop()
      await world.close()
    }
  })

  const WRONG: readonly (readonly [string, () => Promise<{ metadata: string; root?: string }>, string])[] = [
    ['that is no JSON', async () => ({ metadata: '{' }), 'metadataFile'],
    ['that is a list', async () => ({ metadata: '[]' }), 'is not a list by AAGUID'],
    ['with an entry that is none', async () => ({ metadata: '{"x":{"name":"y"}}' }), 'is no authenticator'],
    ['that is no BLOB', async () => ({ metadata: 'hello', root: root.pem }), 'metadataFile'],
    [
      'without roots in its file of roots',
      async () => ({ metadata: await blobOf(signer), root: 'hello' }),
      'has no certificate in PEM',
    ],
    [
      'signed by others',
      async () => ({ metadata: await blobOf(signer), root: stranger.pem }),
      'lead to no configured root',
    ],
    [
      'signed for another host',
      async () => {
        const other = makeCertificate({ subject: { CN: 'shop.example' }, issuer: root, host: 'shop.example' })
        return { metadata: await blobOf(other), root: root.pem }
      },
      `is not signed by ${SIGNER}`,
    ],
    [
      'whose certificates are not those that signed it',
      async () => ({ metadata: await blobOf(stranger, { chain: [signer] }), root: root.pem }),
      'signature verification failed',
    ],
    [
      'that was changed',
      async () => {
        const [header, , signature] = (await blobOf(signer)).split('.')
        const [, other] = (await blobOf(signer, { entries: [entry(UNKNOWN, 'Mine', 'FIDO_CERTIFIED')] })).split('.')
        return { metadata: `${header}.${other}.${signature}`, root: root.pem }
      },
      'signature verification failed',
    ],
  ]

  it.each(WRONG)('is not believed of a file %s: nothing starts', async (_, files, says) => {
    const world = await open()
    await expect(openWith(world, await files())).rejects.toThrow(says)
    await world.close()
  })
})
