import { describe, expect, it } from 'vitest'
import { relyingPartyOf } from './relying-party.ts'

const PASSKEYS = {
  rpId: null,
  rpName: 'Example',
  attestation: 'none',
  metadataFile: null,
  metadataRootFile: null,
  metadataSigner: 'mds.fidoalliance.org',
  requireKnownAuthenticators: false,
} as const
const settings = (more: { rpId?: string; origins?: readonly string[]; pages?: string } = {}) => ({
  passkeys: { ...PASSKEYS, rpId: more.rpId ?? null },
  origins: more.origins ?? [],
  pages: more.pages ?? null,
})

describe('the relying party', () => {
  it('is the issuer’s host, for pages of the issuer', () => {
    expect(relyingPartyOf('https://auth.example.com', settings())).toEqual({
      id: 'auth.example.com',
      name: 'Example',
      origins: ['https://auth.example.com'],
      isUsable: true,
    })
    expect(relyingPartyOf('http://localhost:4000/auth', settings()).origins).toEqual(['http://localhost:4000'])
  })

  it('may be a domain above it, for pages of that domain and of no other', () => {
    const origins = [
      'https://app.example.com',
      'https://example.com:8443',
      'https://badexample.com',
      'https://example.com.evil.example',
      'https://example.org',
    ]
    const party = relyingPartyOf(
      'https://auth.example.com',
      settings({ rpId: 'example.com', origins, pages: 'https://account.example.com/me' }),
    )
    expect(party.origins).toEqual([
      'https://auth.example.com',
      'https://account.example.com',
      'https://app.example.com',
      'https://example.com:8443',
    ])
  })

  it('is none for an address', () => {
    expect(relyingPartyOf('http://127.0.0.1:4000', settings()).isUsable).toBe(false)
    expect(relyingPartyOf('http://[::1]:4000', settings()).isUsable).toBe(false)
  })
})
