import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { readOutsideKeys } from './outside.ts'
import type { SigningAlgorithm } from './signing-key.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ed = generateKeyPairSync('ed25519').privateKey

const pemOf = (key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1' = 'pkcs8') =>
  key.export({ format: 'pem', type }).toString()
const place = (algorithm: SigningAlgorithm, more: { file?: string; env?: string; id?: string } = {}) => ({
  file: null,
  env: more.file === undefined ? 'KEY' : null,
  id: null,
  ...more,
  algorithm,
})
const read = (algorithm: SigningAlgorithm, pem: string) => readOutsideKeys([place(algorithm)], { KEY: pem })

describe('a signing key from outside', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-signing-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each([
    ['ES256', pemOf(ec)],
    ['ES256', pemOf(ec, 'sec1')],
    ['RS256', pemOf(rsa)],
    ['PS256', pemOf(rsa, 'pkcs1')],
    ['EdDSA', pemOf(ed)],
  ] as const)('is taken for %s, and signs what its published half verifies', async (algorithm, pem) => {
    const [key] = await read(algorithm, pem)
    if (key === undefined) throw new Error('none')
    const digest = algorithm === 'EdDSA' ? null : 'sha256'
    const signature = sign(digest, Buffer.from('text'), key.privateKey)
    const publicKey = { key: key.publicJwk as never, format: 'jwk' as const }
    expect(verify(digest, Buffer.from('text'), publicKey, signature)).toBe(true)
    expect(key.publicJwk).not.toHaveProperty('d')
  })

  it('has the thumbprint of its public half as its id, or the id that it was given', async () => {
    const { calculateJwkThumbprint } = await import('jose')
    for (const [algorithm, key] of [
      ['ES256', ec],
      ['RS256', rsa],
      ['EdDSA', ed],
    ] as const) {
      const [made] = await read(algorithm, pemOf(key))
      expect(made?.id).toBe(await calculateJwkThumbprint(key.export({ format: 'jwk' }) as never))
    }
    const [named] = await readOutsideKeys([place('ES256', { id: '2027-01' })], { KEY: pemOf(ec) })
    expect(named?.publicJwk.kid).toBe('2027-01')
  })

  it('is read from a file that its owner alone can read', async () => {
    const file = join(folder, 'key.pem')
    await writeFile(file, pemOf(ec), { mode: 0o600 })
    expect(await readOutsideKeys([place('ES256', { file })], {})).toHaveLength(1)
    await chmod(file, 0o640)
    await expect(readOutsideKeys([place('ES256', { file })], {})).rejects.toThrow(`chmod 600 ${file}`)
  })

  it('that is not there is said to be missing', async () => {
    await expect(readOutsideKeys([place('ES256', { file: join(folder, 'none') })], {})).rejects.toThrow('(ENOENT)')
    await expect(readOutsideKeys([place('ES256')], {})).rejects.toThrow('the variable is not set')
    await expect(read('ES256', '')).rejects.toThrow('the variable is not set')
  })

  it('is refused twice under one id', async () => {
    const twice = [place('RS256'), place('PS256')]
    await expect(readOutsideKeys(twice, { KEY: pemOf(rsa) })).rejects.toThrow('has the id of another')
    const named = [place('RS256'), place('PS256', { id: 'ps' })]
    expect(await readOutsideKeys(named, { KEY: pemOf(rsa) })).toHaveLength(2)
  })
})

const encrypted = rsa.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString()
const exponentThree = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey

test.each([
  ['an RSA key of 1024 bits', 'RS256', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), 'bits'],
  ['an RSA key with exponent 3', 'RS256', pemOf(exponentThree), 'exponent'],
  ['an EC key on another curve', 'ES256', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey), ''],
  [
    'an EC key on the curve of Bitcoin',
    'ES256',
    pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
    '',
  ],
  ['an RSA key for ES256', 'ES256', pemOf(rsa), ''],
  ['an EC key for RS256', 'RS256', pemOf(ec), ''],
  ['a key for agreement', 'EdDSA', pemOf(generateKeyPairSync('x25519').privateKey), ''],
  ['an Ed448 key', 'EdDSA', pemOf(generateKeyPairSync('ed448').privateKey), ''],
] as const)('%s is refused', async (_, algorithm, pem, why) => {
  await expect(read(algorithm, pem)).rejects.toThrow(new RegExp(`cannot be used for ${algorithm}.*${why}`))
})

test.each([
  ['a public key', generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString()],
  ['a key with a passphrase', encrypted],
  ['text', 'not a key'],
  ['half a key', pemOf(rsa).slice(0, 400)],
] as const)('%s is refused, and nothing of it is repeated', async (_, pem) => {
  const error = await read('RS256', pem).catch((thrown: unknown) => thrown)
  expect(String(error)).toContain('is no private key in PEM without a passphrase')
  expect(String(error)).not.toContain(pem.slice(0, 60))
})
