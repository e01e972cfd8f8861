import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRequestSigner, type SignerOptions } from './index.ts'

const secret = Buffer.alloc(32, 7).toString('base64')
const { privateKey } = generateKeyPairSync('ed25519')

describe('what signs requests', () => {
  it.each([
    ['neither secret nor key', {}, 'say either secret or privateKey'],
    ['both', { secret, privateKey }, 'say either secret or privateKey'],
    ['a short secret', { secret: 'c2hvcnQ=' }, 'secret is not one that was shown'],
    ['a secret that is no base64', { secret: '!'.repeat(44) }, 'secret is not one that was shown'],
    ['a secret for a pair of keys', { secret, algorithm: 'ed25519' }, 'ed25519 needs privateKey'],
    ['a key for a secret', { privateKey, algorithm: 'hmac-sha256' }, 'hmac-sha256 needs secret'],
  ] as [string, Partial<SignerOptions>, string][])('is not made of %s', (_, options, message) => {
    expect(() => createRequestSigner({ keyId: 'rsk_1', ...options })).toThrow(message)
  })

  it('covers what the request has, each header once, and says so', () => {
    const sign = createRequestSigner({ keyId: 'rsk_1', secret, covers: ['Content-Type', 'X-Tenant'], now: () => 5000 })
    const headers = sign({
      method: 'post',
      url: 'https://API.example.com/a%20b?x=1',
      headers: { 'Content-Type': 'text/plain' },
      body: 'hello',
    })
    expect(Object.keys(headers)).toEqual(['content-type', 'content-digest', 'signature-input', 'signature'])
    expect(headers['signature-input']).toMatch(
      /^sig1=\("@method" "@authority" "@path" "@query" "content-digest" "content-type"\);created=5;nonce="[\w-]{24}";keyid="rsk_1";alg="hmac-sha256"$/,
    )
  })

  it('signs a request without query and body, with another nonce each time', () => {
    const sign = createRequestSigner({ keyId: 'rsk_1', privateKey, now: () => 5000 })
    const [one, two] = [sign({ url: 'http://localhost/' }), sign({ url: 'http://localhost/' })]
    expect(one['signature-input']).toMatch(/^sig1=\("@method" "@authority" "@path"\);created=5;.*;alg="ed25519"$/)
    expect(one['signature-input']).not.toBe(two['signature-input'])
  })
})
