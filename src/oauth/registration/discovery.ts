import type { ProviderDeps } from '../provider/deps.ts'
import { ENDPOINTS } from '../provider/routes-table.ts'

/** What is told of how clients come by themselves (RFC 8414; Client ID Metadata Documents, section 5). */
export function registrationMetadata({ issuer, settings }: Pick<ProviderDeps, 'issuer' | 'settings'>) {
  const { registration, clientIdMetadataDocuments } = settings
  return {
    ...(registration === 'closed' ? {} : { registration_endpoint: `${issuer}${ENDPOINTS.registration}` }),
    ...(clientIdMetadataDocuments ? { client_id_metadata_document_supported: true } : {}),
  }
}
