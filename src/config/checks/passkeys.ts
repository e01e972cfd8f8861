import { isIP } from 'node:net'
import type { Check } from '../draft.ts'

/** Rules about passkeys. */
export const passkeyChecks: readonly Check[] = [
  {
    name: 'passkeys are made for a domain that the issuer belongs to',
    look: ({ issuer, identity }, { say }) => {
      const rpId = identity?.passkeys?.rpId
      const host = URL.parse(issuer ?? '')?.hostname
      if (typeof rpId !== 'string') return
      const path = ['identity', 'passkeys', 'rpId']
      if (isIP(rpId) !== 0) say(path, 'must be a host name: no browser makes a passkey for an address')
      else if (host !== undefined && host !== rpId && !host.endsWith(`.${rpId}`))
        say(path, `must be the issuer’s host, ${host}, or a domain above it`)
      // WebAuthn Level 3, section 5.1.3: a public suffix is nobody's domain.
      else if (host !== undefined && host !== rpId && !rpId.includes('.'))
        say(path, `must be a domain of yours: "${rpId}" belongs to everybody`)
    },
  },
  {
    name: 'metadata of authenticators is there where something is built on it',
    look: ({ identity }, { say }) => {
      const { metadataFile, metadataRootFile, attestation, requireKnownAuthenticators } = identity?.passkeys ?? {}
      const at = (setting: string) => ['identity', 'passkeys', setting]
      if (typeof metadataRootFile === 'string' && metadataFile === null)
        say(at('metadataRootFile'), 'has no meaning without `metadataFile`')
      if (requireKnownAuthenticators !== true) return
      if (attestation === 'none') say(at('requireKnownAuthenticators'), 'needs `attestation: direct`')
      if (metadataFile === null || metadataRootFile === null)
        say(at('requireKnownAuthenticators'), 'needs `metadataFile` and `metadataRootFile`')
    },
  },
]
