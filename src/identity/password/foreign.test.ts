import { afterAll, describe, expect, test } from 'vitest'
import { Secret } from '../../core/index.ts'
import { unpadded } from './base64.ts'
import { readForeignHash } from './foreign.ts'
import { createHashPool } from './hash-pool.ts'

const pool = createHashPool({
  threads: null,
  waiting: 256,
  onError: (error) => {
    throw error
  },
})
afterAll(pool.stop)

type Vector = readonly [source: string, password: string, hash: string]

const WRAPPER = 'crypt_blowfish 1.3, wrapper.c'
const LONG_BCRYPT = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored'

// RFC 7914, sections 11 and 12: salts, keys and parameters, here as PHC strings.
const NACL = unpadded(Buffer.from('NaCl'))
const SODIUM_CHLORIDE = unpadded(Buffer.from('SodiumChloride'))
const PBKDF2_80000 = hex(
  '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d',
)
const SCRYPT_1024 = hex(
  'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
)
const SCRYPT_16384 = hex(
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
)

const VECTORS: readonly Vector[] = [
  ...argon2Vectors(),
  [WRAPPER, 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  [WRAPPER, 'U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  [WRAPPER, 'U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  [WRAPPER, LONG_BCRYPT, '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'],
  ['passlib 1.7, bcrypt', 'password', '$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m'],
  ['RFC 7914, 12', 'password', `$scrypt$ln=10,r=8,p=16$${NACL}$${SCRYPT_1024}`],
  ['RFC 7914, 12', 'pleaseletmein', `$scrypt$ln=14,r=8,p=1$${SODIUM_CHLORIDE}$${SCRYPT_16384}`],
  [
    'passlib 1.7, scrypt',
    'password',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
  ],
  ['RFC 7914, 11', 'Password', `$pbkdf2-sha256$i=80000,l=64$${NACL}$${PBKDF2_80000}`],
  ['RFC 7914, 11', 'Password', `$pbkdf2-sha256$80000$${NACL}$${PBKDF2_80000}`],
  [
    'passlib 1.7, pbkdf2_sha256',
    'password',
    '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44',
  ],
  [
    'Authelia, OpenID Connect client secrets',
    'insecure_secret',
    '$pbkdf2-sha512$310000$c8p78n7pUMln0jzvd4aK4Q$JNRBzwAo0ek5qKn50cFzzvE9RXV88h1wJn5KGiHrD0YKtZaR/nCb2CJPOsKaPK0hjf.9yHxzQGZziziccp6Yng',
  ],
  [
    'Django 3.2, tests/auth_tests/test_hashers.py',
    'lètmein',
    'pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=',
  ],
]

// phc-winner-argon2, src/test.c.
function argon2Vectors(): readonly Vector[] {
  return [
    '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
    '$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    '$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  ].map((hash) => ['phc-winner-argon2, src/test.c', 'password', hash])
}

function hex(text: string): string {
  return unpadded(Buffer.from(text, 'hex'))
}

describe('hashes of other systems', () => {
  test.each(VECTORS)('%s: %j fits, another does not, and the hash is stale', async (_source, password, hash) => {
    expect(readForeignHash(hash)).toMatchObject({ is: 'known' })
    expect(await pool.verify(hash, new Secret(password))).toEqual({ is: 'right', stale: true })
    expect(await pool.verify(hash, new Secret(`x${password}`))).toEqual({ is: 'wrong' })
  })

  test('of bcrypt are compared by the first 72 bytes, as the other system did', async () => {
    const hash = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'
    expect(await pool.verify(hash, new Secret(LONG_BCRYPT.slice(0, 72)))).toMatchObject({ is: 'right' })
    expect(await pool.verify(hash, new Secret(LONG_BCRYPT.slice(0, 71)))).toEqual({ is: 'wrong' })
  })

  test('fit however the accent was typed, though the other system did not normalise', async () => {
    const hash = 'pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo='
    expect(await pool.verify(hash, new Secret('le\u0300tmein'))).toMatchObject({ is: 'right' })
  })

  test('are known by their kind', () => {
    const kinds = VECTORS.map(([, , hash]) => readForeignHash(hash)).map((it) => (it.is === 'known' ? it.kind : it.why))
    expect(new Set(kinds)).toEqual(
      new Set(['argon2i', 'argon2id', 'bcrypt', 'scrypt', 'pbkdf2-sha256', 'pbkdf2-sha512', 'django-pbkdf2-sha256']),
    )
  })
})

const SALT = 'c29tZXNhbHQ'
const TAG = unpadded(new Uint8Array(32))

describe('what is brought is refused', () => {
  test.each([
    ['an empty text', ''],
    ['a password in plain', 'hunter2'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['md5crypt', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/'],
    ['sha512crypt', '$6$saltsalt$bxVIJv8gdpN7ttNXw2qrZIUExMvnS0Rgb'],
    ['the broken bcrypt of 2011', '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['a bcrypt cut short', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO'],
    ['a bcrypt that costs a minute', '$2b$18$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['argon2id with 4 GiB', `$argon2id$v=19$m=4194304,t=3,p=4$${SALT}$${TAG}`],
    ['argon2id with a million passes', `$argon2id$v=19$m=64,t=1000000,p=4$${SALT}$${TAG}`],
    ['argon2id with many passes over much memory', `$argon2id$v=19$m=262144,t=16,p=4$${SALT}$${TAG}`],
    ['argon2id with a thousand lanes', `$argon2id$v=19$m=65536,t=3,p=1000$${SALT}$${TAG}`],
    ['argon2id with too little memory for its lanes', `$argon2id$v=19$m=16,t=3,p=4$${SALT}$${TAG}`],
    ['argon2id of a version to come', `$argon2id$v=20$m=65536,t=3,p=4$${SALT}$${TAG}`],
    ['argon2id without a salt', `$argon2id$v=19$m=65536,t=3,p=4$$${TAG}`],
    ['argon2id with a short tag', `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$AAAA`],
    ['argon2id with something behind it', `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$${TAG}\n`],
    ['argon2id without passes', `$argon2id$v=19$m=65536,t=0,p=4$${SALT}$${TAG}`],
    ['scrypt with 1 GiB', `$scrypt$ln=20,r=8,p=1$${SALT}$${TAG}`],
    ['scrypt with an ln beyond numbers', `$scrypt$ln=999,r=8,p=1$${SALT}$${TAG}`],
    ['scrypt with 16 lanes of 128 MiB', `$scrypt$ln=17,r=8,p=16$${SALT}$${TAG}`],
    ['PBKDF2 with a billion iterations', `$pbkdf2-sha256$1000000000$${SALT}$${TAG}`],
    ['PBKDF2 with one iteration', `$pbkdf2-sha256$1$${SALT}$${TAG}`],
    ['PBKDF2 with SHA-1', `$pbkdf2-sha1$100000$${SALT}$${TAG}`],
    ["Django's with a billion iterations", `pbkdf2_sha256$1000000000$seasalt$${TAG}`],
    ['a text without end', `$argon2id$${'a'.repeat(1_000_000)}`],
  ])('%s', (_what, text) => {
    expect(readForeignHash(text)).toEqual({ is: 'refused', why: expect.any(String) })
  })

  test('and why says nothing of the hash itself', () => {
    const answer = readForeignHash(`$argon2id$v=19$m=4194304,t=3,p=4$${SALT}$${TAG}`)
    expect(answer).toEqual({
      is: 'refused',
      why: 'its memory in KiB, 4194304, is not between 8 and 262144',
    })
  })
})
