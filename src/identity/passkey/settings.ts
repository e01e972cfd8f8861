/** How passkeys and security keys are asked for and taken (row I6). */
export type PasskeySettings = {
  /** The RP ID that credentials are made for; null is the issuer's host. */
  readonly rpId: string | null
  /** What an authenticator calls this system. */
  readonly rpName: string
  readonly attestation: 'none' | 'direct'
  /** An absolute path; null where authenticators have no names. */
  readonly metadataFile: string | null
  /** The certificates that the BLOB's signer chains to; null where the file is plain JSON. */
  readonly metadataRootFile: string | null
  /** The host that the BLOB's certificate is for. */
  readonly metadataSigner: string
  readonly requireKnownAuthenticators: boolean
}
