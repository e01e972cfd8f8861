import { X509Certificate } from 'node:crypto'
import { leadsTo, readCertificates } from '../certificates.ts'
import { type Authenticator, type Authenticators, aaguidOf, iconOf, nameOf } from './authenticators.ts'

/** Reports after which a model is not trusted any more: FIDO Metadata Service 3.0, section 3.1.4. */
const COMPROMISED: ReadonlySet<unknown> = new Set([
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
])
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512']

export type BlobTrust = {
  readonly anchors: readonly X509Certificate[]
  /** The host that the signer's certificate must be for: its issuer signs for others too. */
  readonly signer: string
  /** Milliseconds. */
  readonly now: number
}

export type Blob = {
  readonly authenticators: Authenticators
  /** When a newer one should have been fetched; milliseconds. */
  readonly nextUpdate: number
}

type Entry = {
  readonly aaguid?: unknown
  readonly metadataStatement?: {
    readonly description?: unknown
    readonly icon?: unknown
    readonly attestationRootCertificates?: unknown
  }
  readonly statusReports?: unknown
}

/**
 * Reads a BLOB of the FIDO Metadata Service and verifies who signed it, without asking anybody (section 3.2).
 *
 * @throws when its signature, its certificates or its form are not right
 */
export async function readBlob(text: string, trust: BlobTrust): Promise<Blob> {
  const { compactVerify, decodeProtectedHeader } = await import('jose')
  const { x5c } = decodeProtectedHeader(text)
  const chain = readCertificates((x5c ?? []).map((der) => Buffer.from(der, 'base64')))
  const [leaf] = chain ?? []
  if (chain === null || leaf === undefined) throw new Error('does not name the certificates of its signer')
  if (leaf.checkHost(trust.signer) === undefined) throw new Error(`is not signed by ${trust.signer}`)
  if (!leadsTo(trust.anchors, chain, trust.now))
    throw new Error('is signed by certificates that lead to no configured root')
  const { payload } = await compactVerify(text, leaf.publicKey, { algorithms: ALGORITHMS })
  return blobOf(JSON.parse(new TextDecoder().decode(payload)))
}

function blobOf({ nextUpdate, entries }: { readonly nextUpdate?: unknown; readonly entries?: unknown }): Blob {
  const due = Date.parse(`${nextUpdate}T00:00:00Z`)
  if (!Array.isArray(entries) || Number.isNaN(due))
    throw new Error('has no entries, or not the day of its next version')
  const found = new Map<string, Authenticator>()
  for (const entry of entries as readonly Entry[]) {
    const aaguid = aaguidOf(entry.aaguid)
    const name = nameOf(entry.metadataStatement?.description)
    // Entries without an AAGUID are of keys that speak U2F alone.
    if (aaguid !== null && name !== null) found.set(aaguid, authenticatorOf(entry, name))
  }
  return { authenticators: found, nextUpdate: due }
}

function authenticatorOf({ metadataStatement, statusReports }: Entry, name: string): Authenticator {
  const roots = listOf(metadataStatement?.attestationRootCertificates).flatMap(rootOf)
  const compromised = listOf(statusReports).some((report) => COMPROMISED.has((report as { status?: unknown })?.status))
  return { name, icon: iconOf(metadataStatement?.icon), roots, compromised }
}

// Some of the service's thousand certificates are written in ways that no strict reader takes: their model is not vouched for.
function rootOf(base64: unknown): X509Certificate[] {
  try {
    return [new X509Certificate(Buffer.from(String(base64).replaceAll(/\s/g, ''), 'base64'))]
  } catch {
    return []
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
