import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate with its key, made for a test: X.509 version 3, ECDSA on P-256 with SHA-256. */
export type MadeCertificate = {
  readonly der: Buffer
  readonly pem: string
  readonly key: KeyObject
  readonly name: Buffer
}

export type CertificateWish = {
  /** Attributes of its subject, such as `{ C: 'DE', O: 'Example', OU: 'Authenticator Attestation', CN: 'Model' }`. */
  readonly subject: Readonly<Partial<Record<keyof typeof ATTRIBUTES, string>>>
  /** Who signs it; itself unless told. */
  readonly issuer?: MadeCertificate
  readonly ca?: boolean
  readonly host?: string
  /** Other names of it: an address of a resource, of mail, or of a machine (IPv4). */
  readonly names?: { readonly uri?: string; readonly email?: string; readonly ip?: string }
  /** The model that it attests (FIDO, id-fido-gen-ce-aaguid). */
  readonly aaguid?: string
  readonly from?: Date
  readonly to?: Date
}

const ATTRIBUTES = { C: '550406', O: '55040a', OU: '55040b', CN: '550403' } as const
const ECDSA_SHA256 = '2a8648ce3d040302'
const BASIC_CONSTRAINTS = '551d13'
const ALT_NAME = '551d11'
const FIDO_AAGUID = '2b0601040182e51c010104'

/** Makes a certificate. */
export function makeCertificate(wish: CertificateWish): MadeCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = nameOf(wish.subject)
  const signer = wish.issuer ?? { key: privateKey, name }
  const signed = seq(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    seq(oid(ECDSA_SHA256)),
    signer.name,
    seq(time(wish.from ?? new Date('2024-01-01')), time(wish.to ?? new Date('2049-01-01'))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, seq(...extensionsOf(wish))),
  )
  const der = seq(signed, seq(oid(ECDSA_SHA256)), bits(sign('sha256', signed, signer.key)))
  return { der, pem: pemOf(der), key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), name }
}

function extensionsOf({ ca = false, host, names = {}, aaguid }: CertificateWish): Buffer[] {
  const alternative = alternativeNames({ ...names, host })
  return [
    extension(BASIC_CONSTRAINTS, seq(...(ca ? [tlv(0x01, Buffer.from([0xff]))] : []))),
    ...(alternative.length === 0 ? [] : [extension(ALT_NAME, seq(...alternative))]),
    ...(aaguid === undefined
      ? []
      : [extension(FIDO_AAGUID, tlv(0x04, Buffer.from(aaguid.replaceAll('-', ''), 'hex')))]),
  ]
}

// RFC 5280, section 4.2.1.6.
function alternativeNames(names: { host?: string | undefined; uri?: string; email?: string; ip?: string }): Buffer[] {
  const { host, uri, email, ip } = names
  return [
    ...(host === undefined ? [] : [tlv(0x82, Buffer.from(host))]),
    ...(uri === undefined ? [] : [tlv(0x86, Buffer.from(uri))]),
    ...(email === undefined ? [] : [tlv(0x81, Buffer.from(email))]),
    ...(ip === undefined ? [] : [tlv(0x87, Buffer.from(ip.split('.').map(Number)))]),
  ]
}

function nameOf(subject: CertificateWish['subject']): Buffer {
  const parts = Object.entries(subject).map(([name, value]) =>
    tlv(
      0x31,
      seq(oid(ATTRIBUTES[name as keyof typeof ATTRIBUTES]), tlv(name === 'C' ? 0x13 : 0x0c, Buffer.from(value))),
    ),
  )
  return seq(...parts)
}

const extension = (id: string, value: Buffer) => seq(oid(id), tlv(0x04, value))
const seq = (...parts: readonly Buffer[]) => tlv(0x30, Buffer.concat(parts))
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'))
const integer = (value: Buffer) => tlv(0x02, value)
const bits = (value: Buffer) => tlv(0x03, Buffer.concat([Buffer.from([0]), value]))
const time = (at: Date) => tlv(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`))

function tlv(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(value.length), value])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff])
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`
}
