import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { sameNames } from './distinguished-name.ts'

/** The certificate of whoever sends a request. */
export type ClientCertificate = {
  readonly certificate: X509Certificate
  /** Whether an authority that is believed here vouches for it. Nobody does for one that its owner made. */
  readonly vouchedFor: boolean
}

/** By what a certificate may name its client, as metadata calls it (RFC 8705, section 2.1.2). */
export type NamedBy =
  | 'tls_client_auth_subject_dn'
  | 'tls_client_auth_san_dns'
  | 'tls_client_auth_san_uri'
  | 'tls_client_auth_san_ip'
  | 'tls_client_auth_san_email'

const MATCHES: Readonly<Record<NamedBy, (certificate: X509Certificate, expected: string) => boolean>> = {
  tls_client_auth_subject_dn: ({ subject }, expected) => sameNames(subject, expected),
  // A name with a star in the certificate is that of many, and a client is one.
  tls_client_auth_san_dns: (certificate, expected) =>
    certificate.checkHost(expected, { subject: 'never', wildcards: false }) !== undefined,
  tls_client_auth_san_email: (certificate, expected) =>
    certificate.checkEmail(expected, { subject: 'never' }) !== undefined,
  tls_client_auth_san_ip: (certificate, expected) =>
    isIP(expected) !== 0 && certificate.checkIP(expected) !== undefined,
  tls_client_auth_san_uri: ({ subjectAltName }, expected) => namesIn(subjectAltName).includes(`URI:${expected}`),
}

/** Whether a certificate names a client as it is registered (RFC 8705, section 2.1). */
export function certificateNames({ certificate }: ClientCertificate, by: NamedBy, expected: string): boolean {
  return MATCHES[by](certificate, expected)
}

// A name with a comma or a quote in it comes quoted; what is within the quotes is one name.
function namesIn(alternative: string | undefined): string[] {
  return [...(alternative ?? '').matchAll(/(?:^|, )([A-Za-z ]+:)("(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/g)].map(
    ([, kind = '', value = '']) => kind + (value.startsWith('"') ? String(JSON.parse(value)) : value),
  )
}
