import { X509Certificate } from 'node:crypto'

const LONGEST_CHAIN = 6

/** Reads certificates in DER; null when one is none. */
export function readCertificates(ders: readonly Uint8Array[]): readonly X509Certificate[] | null {
  try {
    return ders.map((der) => new X509Certificate(der))
  } catch {
    return null
  }
}

/**
 * Whether a chain of certificates, leaf first, leads to one of the anchors: each signed by the next one, which may sign
 * certificates, and all of them valid at a moment (RFC 5280, section 6.1). Nothing outside is asked. An anchor may be the
 * leaf itself, as in metadata that names the attestation certificate (FIDO Metadata Statement, `attestationRootCertificates`).
 *
 * @param now milliseconds
 */
export function leadsTo(anchors: readonly X509Certificate[], chain: readonly X509Certificate[], now: number): boolean {
  if (chain.length === 0 || chain.length > LONGEST_CHAIN) return false
  for (const [i, certificate] of chain.entries()) {
    if (!isValidAt(certificate, now)) return false
    if (anchors.some((anchor) => isAnchoredBy(certificate, anchor, now))) return true
    const issuer = chain[i + 1]
    if (issuer === undefined || !isIssuedBy(certificate, issuer)) return false
  }
  return false
}

function isAnchoredBy(certificate: X509Certificate, anchor: X509Certificate, now: number): boolean {
  if (certificate.raw.equals(anchor.raw)) return true
  return isValidAt(anchor, now) && isIssuedBy(certificate, anchor)
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}
