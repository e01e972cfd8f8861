import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '../../../core/index.ts'
import type { PasskeySettings } from '../settings.ts'
import { type Authenticators, NO_AUTHENTICATORS } from './authenticators.ts'
import { readBlob } from './blob.ts'
import { readPlainMetadata } from './plain.ts'

/** The service's BLOB has about ten megabytes. */
const MOST_BYTES = 64 * 1024 * 1024
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/**
 * Reads what is known of models of authenticators, from a file: names and icons, and of a verified BLOB what their
 * attestation leads to.
 *
 * @throws naming the setting, when a file cannot be read or is not right: a start with half of what it trusts is none
 */
export async function readMetadata(deps: {
  settings: PasskeySettings
  clock: Clock
  onError: (error: unknown) => void
}): Promise<Authenticators> {
  const { metadataFile, metadataRootFile, metadataSigner: signer } = deps.settings
  if (metadataFile === null) return NO_AUTHENTICATORS
  if (metadataRootFile === null) return named('metadataFile', metadataFile, async (text) => readPlainMetadata(text))
  const anchors = await named('metadataRootFile', metadataRootFile, async (text) => anchorsOf(text))
  const now = deps.clock.now()
  const blob = await named('metadataFile', metadataFile, (text) => readBlob(text.trim(), { anchors, signer, now }))
  if (blob.nextUpdate < now) deps.onError(new Error('identity.passkeys.metadataFile: a newer version of it is due'))
  return blob.authenticators
}

async function named<T>(setting: string, file: string, read: (text: string) => Promise<T>): Promise<T> {
  try {
    const { size } = await stat(file)
    if (size > MOST_BYTES) throw new Error('is too large')
    return await read(await readFile(file, 'utf8'))
  } catch (error) {
    const what = error instanceof Error ? error.message : 'unknown'
    throw new Error(`identity.passkeys.${setting}: ${file} ${what}`, { cause: error })
  }
}

function anchorsOf(text: string): readonly X509Certificate[] {
  const found = text.match(PEM) ?? []
  if (found.length === 0) throw new Error('has no certificate in PEM')
  return found.map((pem) => new X509Certificate(pem))
}
