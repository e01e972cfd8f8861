import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signatureOf } from './algorithm.ts'
import { type InnerList, parseDictionary } from './field.ts'
import {
  contentDigest,
  digestFault,
  faultOfPublicKey,
  isSignatureOf,
  publicKeyOf,
  readSignature,
  type SignedMessage,
  type SigningKey,
  signatureBase,
  signMessage,
  timeFault,
  uncovered,
  type VerifyingKey,
} from './index.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const file = join(root, 'rfc-vectors', 'rfc9421-examples.json')

type Block = { readonly heading: string; readonly line: number; readonly info: string; readonly text: string }

describe.skipIf(!existsSync(file))('the outside examples of RFC 9421', () => {
  const { blocks } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { blocks: Block[] }) : { blocks: [] }
  const unfolded = ({ text }: Block) => text.replace(/^NOTE: .*\n\n/, '').replaceAll(/\\\n */g, '')
  const under = (heading: string) => blocks.filter((it) => it.heading === heading)
  const request = () => messageOf(unfolded(under('Test Cases')[0] as Block))
  const jwk = (heading: string) =>
    JSON.parse(unfolded(under(heading).find(({ info }) => info === 'json') as Block)) as Record<string, string>

  const keys = (): Readonly<Record<string, VerifyingKey>> => ({
    'test-key-rsa-pss': { algorithm: 'rsa-pss-sha512', key: keyOf(jwk('Example RSA PSS Key')) },
    'test-key-ecc-p256': { algorithm: 'ecdsa-p256-sha256', key: keyOf(jwk('Example ECC P-256 Test Key')) },
    'test-key-ed25519': { algorithm: 'ed25519', key: keyOf(jwk('Example Ed25519 Test Key')) },
    'test-shared-secret': {
      algorithm: 'hmac-sha256',
      secret: Buffer.from(unfolded(under('Example Shared Secret')[0] as Block), 'base64'),
    },
  })

  const CASES = [
    'Minimal Signature Using rsa-pss-sha512',
    'Selective Covered Components using rsa-pss-sha512',
    'Full Coverage using rsa-pss-sha512',
    'Signing a Response using ecdsa-p256-sha256',
    'Signing a Request using hmac-sha256',
    'Signing a Request using ed25519',
  ]

  it.each(CASES)('%s: the signature is one of the base that is told', (heading) => {
    const { base, covered, signature, keyId } = exampleOf(heading)
    const key = keys()[keyId] as VerifyingKey
    expect(isSignatureOf(key, base, signature)).toBe(true)
    expect(isSignatureOf(key, `${base} `, signature)).toBe(false)
    if (!heading.includes('Response')) expect(signatureBase(request(), covered)).toEqual({ ok: true, base })
  })

  it.each(CASES)('%s: the signature is good for no other key', (heading) => {
    const { base, signature, keyId } = exampleOf(heading)
    const others = Object.entries(keys()).filter(([name]) => name !== keyId)
    expect(others.map(([, key]) => isSignatureOf(key, base, signature))).toEqual([false, false, false])
  })

  it('verifies the digest of the example', () => {
    const [head, body] = unfolded(under('Test Cases')[0] as Block).split('\n\n') as [string, string]
    const digest = /^Content-Digest: (.*)$/m.exec(head)?.[1] as string
    expect(digestFault(digest, Buffer.from(body))).toBe(null)
    expect(digestFault(digest, Buffer.from(`${body} `))).toBe('sha-512 of other bytes')
  })

  const single = (text: string) => text.split('\n').filter((line) => line !== '')

  it.each([
    ['Method', '@method'],
    ['Target URI', '@target-uri'],
    ['Authority', '@authority'],
    ['Path', '@path'],
    ['Query', '@query'],
  ])('%s: the value of the component', (heading, name) => {
    const [message, , line] = under(heading)
    const covered = coveredOf(`("${name}")`)
    const made = signatureBase(messageOf(unfolded(message as Block), 'https'), covered)
    expect(made.ok && made.base.split('\n')[0]).toBe(unfolded(line as Block))
  })

  it('takes parameters of the query in the form that the examples say', () => {
    const [message, lines, folded, wanted] = under('Query Parameters')
    for (const [request, expected] of [
      [message, lines],
      [folded, wanted],
    ] as [Block, Block][]) {
      const written = single(unfolded(expected)).map((line) => line.replace('(SP)', ' '))
      for (const line of written) {
        const [, identifier, value] = /^("@query-param";name="[^"]*"): ?(.*)$/.exec(line) as unknown as string[]
        const made = signatureBase(messageOf(unfolded(request)), coveredOf(`(${identifier})`))
        expect(made.ok && made.base.split('\n')[0]).toBe(`${identifier}: ${value?.trim()}`)
      }
    }
  })

  function exampleOf(heading: string) {
    const [base, message] = under(heading) as [Block, Block]
    const lines = unfolded(message).split('\n')
    const value = (name: string) => lines.find((it) => it.startsWith(`${name}: `))?.slice(name.length + 2) as string
    const [[label, covered] = ['', null]] = parseDictionary(value('Signature-Input')) ?? []
    const member = parseDictionary(value('Signature'))?.get(label)
    if (covered === null || !('items' in covered) || member === undefined || !('item' in member))
      throw new Error(heading)
    const keyId = String(covered.parameters.get('keyid')?.value)
    return { base: unfolded(base), covered, signature: member.item.value as Buffer, keyId }
  }
})

describe('a signature of ours', () => {
  const message: SignedMessage = {
    method: 'POST',
    address: 'https://API.example.com:443/orders',
    query: 'a=1',
    header: (name) => (name === 'content-type' ? 'application/json' : undefined),
  }
  const wish = { keyId: 'rsk_1', components: ['@method', '@authority', '@path', '@query'], created: 1_700_000_000 }

  const pairs = (): [SigningKey, VerifyingKey][] => {
    const secret = randomBytes(32)
    const pair = ({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }) => ({
      privateKey,
      key: publicKey,
    })
    const asymmetric = [
      ['ed25519', pair(generateKeyPairSync('ed25519'))],
      ['ecdsa-p256-sha256', pair(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
      ['ecdsa-p384-sha384', pair(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
      ['rsa-pss-sha512', pair(generateKeyPairSync('rsa', { modulusLength: 2048 }))],
    ] as const
    return [
      [
        { algorithm: 'hmac-sha256', secret },
        { algorithm: 'hmac-sha256', secret },
      ],
      ...asymmetric.map(([algorithm, { privateKey, key }]): [SigningKey, VerifyingKey] => [
        { algorithm, privateKey },
        { algorithm, key },
      ]),
    ]
  }

  it('is read again, in every algorithm, and is good for its key alone', () => {
    const all = pairs()
    for (const [signing, verifying] of all) {
      const headers: Readonly<Record<string, string>> = signMessage(message, signing, wish)
      const found = readSignature({ header: (name) => headers[name] })
      if (found.is !== 'read') throw new Error(found.is)
      const made = signatureBase(message, found.signature.covered)
      if (!made.ok) throw new Error(made.component)
      expect(made.base.split('\n').slice(0, 4)).toEqual([
        '"@method": POST',
        '"@authority": api.example.com',
        '"@path": /orders',
        '"@query": ?a=1',
      ])
      expect(isSignatureOf(verifying, made.base, found.signature.signature)).toBe(true)
      for (const [, other] of all.filter(([it]) => it !== signing)) {
        expect(isSignatureOf(other, made.base, found.signature.signature)).toBe(false)
      }
      expect(found.signature.algorithm).toBe(signing.algorithm)
    }
  })

  it('is not made of a component that the request does not have', () => {
    const [[signing]] = pairs() as [[SigningKey, VerifyingKey]]
    const sign = (component: string) => () => signMessage(message, signing, { ...wish, components: [component] })
    expect(sign('x-missing')).toThrow('the request has no "x-missing" to sign')
    expect(sign('@status')).toThrow('the request has no "@status" to sign')
    expect(sign('Content-Type')).toThrow('the request has no "Content-Type" to sign')
  })

  it('is no signature when one of its bits is another', () => {
    const [[signing, verifying]] = pairs() as [[SigningKey, VerifyingKey]]
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (base, at) => {
        const signature = Buffer.from(randomBytes(32))
        const good = hmacOf(signing, base)
        const flipped = Buffer.from(good)
        flipped[at % 32] = (flipped[at % 32] as number) ^ (1 << (at % 8))
        expect(isSignatureOf(verifying, base, good)).toBe(true)
        expect(isSignatureOf(verifying, base, flipped)).toBe(false)
        expect(isSignatureOf(verifying, base, signature)).toBe(false)
        expect(isSignatureOf(verifying, base, good.subarray(0, 31))).toBe(false)
      }),
    )
  })

  function hmacOf(key: SigningKey, base: string): Buffer {
    const headers = signMessage({ ...message, method: base.replaceAll(/[^ -~]/g, '?') }, key, wish)
    expect(headers.signature.startsWith('sig1=:')).toBe(true)
    return signatureOf(key, base)
  }
})

describe('the headers of a signature', () => {
  const INPUT = 'sig1=("@method");created=1;nonce="12345678";keyid="k"'
  const read = (input: string | undefined, signature: string | undefined = 'sig1=:AAAA:') => {
    const found = readSignature({ header: (name) => (name === 'signature' ? signature : input) })
    return found.is === 'unreadable' ? found.reason : found.is
  }

  it('are absent, or there both', () => {
    expect(readSignature({ header: () => undefined })).toEqual({ is: 'absent' })
    expect(read(undefined)).toBe('one header without the other')
    expect(readSignature({ header: (name) => (name === 'signature-input' ? INPUT : undefined) })).toEqual({
      is: 'unreadable',
      reason: 'one header without the other',
    })
    expect(read(INPUT)).toBe('read')
  })

  it.each([
    ['another label', INPUT, 'sig2=:AAAA:', 'two different labels'],
    ['two signatures', `${INPUT}, sig2=()`, 'sig1=:AAAA:', 'not a dictionary of exactly one signature'],
    ['a label twice', `${INPUT}, ${INPUT}`, 'sig1=:AAAA:', 'not a dictionary of exactly one signature'],
    ['a signature twice', INPUT, 'sig1=:AAAA:, sig1=:BBBB:', 'not a dictionary of exactly one signature'],
    ['a signature that is a string', INPUT, 'sig1="AAAA"', 'not a list, or not bytes'],
    ['a signature with parameters', INPUT, 'sig1=:AAAA:;a', 'not a list, or not bytes'],
    ['an input that is no list', 'sig1="@method"', 'sig1=:AAAA:', 'not a list, or not bytes'],
    ['no structured field', 'sig1=(', 'sig1=:AAAA:', 'not a dictionary of exactly one signature'],
    ['nothing', '', '', 'not a dictionary of exactly one signature'],
    ['loose base64', INPUT, 'sig1=:AAA:', 'not a dictionary of exactly one signature'],
    [
      'a component that is a token',
      INPUT.replace('"@method"', 'method'),
      'sig1=:AAAA:',
      'a component that is no string',
    ],
    ['too many components', INPUT.replace('"@method"', '"a" '.repeat(33)), 'sig1=:AAAA:', 'too many components'],
    ['a huge input', `${INPUT};tag="${'a'.repeat(5000)}"`, 'sig1=:AAAA:', 'too long'],
    ['a huge signature', INPUT, `sig1=:${'A'.repeat(5000)}:`, 'too long'],
    ['an unknown parameter', `${INPUT};magic=1`, 'sig1=:AAAA:', 'parameter magic'],
    ['a parameter twice', `${INPUT};keyid="l"`, 'sig1=:AAAA:', 'not a dictionary of exactly one signature'],
    ['no time', INPUT.replace('created=1;', ''), 'sig1=:AAAA:', 'created or expires'],
    ['a time that is no number', INPUT.replace('created=1', 'created="1"'), 'sig1=:AAAA:', 'created or expires'],
    ['a time with a fraction', INPUT.replace('created=1', 'created=1.5'), 'sig1=:AAAA:', 'created or expires'],
    ['a negative time', INPUT.replace('created=1', 'created=-1'), 'sig1=:AAAA:', 'created or expires'],
    ['an end that is no number', `${INPUT};expires="2"`, 'sig1=:AAAA:', 'created or expires'],
    ['no nonce', INPUT.replace('nonce="12345678";', ''), 'sig1=:AAAA:', 'nonce'],
    ['a short nonce', INPUT.replace('12345678', '1'), 'sig1=:AAAA:', 'nonce'],
    ['a nonce of spaces', INPUT.replace('12345678', '        '), 'sig1=:AAAA:', 'nonce'],
    ['no key', INPUT.replace(';keyid="k"', ''), 'sig1=:AAAA:', 'keyid'],
    ['a key that is a token', INPUT.replace('"k"', 'k'), 'sig1=:AAAA:', 'keyid'],
    ['an algorithm that is a token', `${INPUT};alg=none`, 'sig1=:AAAA:', 'alg or tag'],
  ])('are refused with %s', (_, input, signature, reason) => {
    expect(read(input, signature)).toBe(reason)
  })

  it('are read without an exception, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (input, signature) => ['read', 'absent'].includes(read(input, signature)) === false,
      ),
    )
  })
})

describe('what a signature covers', () => {
  const has = (name: string) => name === 'content-type'
  const all = { headers: ['x-tenant'], query: true, body: true, has }

  it('is method, authority, path, query, the body and what else is asked for', () => {
    expect(uncovered(coveredOf('()'), all)).toEqual([
      '@method',
      '@authority',
      '@path',
      '@query',
      'content-digest',
      'content-type',
      'x-tenant',
    ])
    expect(uncovered(coveredOf('("@method" "@target-uri")'), { ...all, headers: [], body: false })).toEqual([])
    expect(
      uncovered(coveredOf('("@method" "@authority" "@request-target")'), { ...all, headers: [], body: false }),
    ).toEqual([])
    expect(
      uncovered(coveredOf('("@method" "@authority" "@path")'), { ...all, headers: [], body: false, query: false }),
    ).toEqual([])
  })

  it('does not hold what is covered in part only', () => {
    const partly = coveredOf('("@method" "@authority" "@path" "@query-param";name="a" "content-digest";key="sha-256")')
    expect(uncovered(partly, { ...all, headers: [] })).toEqual(['@query', 'content-digest', 'content-type'])
  })

  it('has no component twice, none that is not there, and none that breaks the lines', () => {
    const message = (value: string): SignedMessage => ({
      method: 'GET',
      address: 'http://localhost/',
      query: 'a=1&a=2',
      header: (name) => (name === 'x' ? value : undefined),
    })
    const of = (covered: string, value = 'v') => signatureBase(message(value), coveredOf(covered))
    expect(of('("x" "x")')).toEqual({ ok: false, component: '"x"' })
    expect(of('("y")')).toEqual({ ok: false, component: '"y"' })
    expect(of('("x")', 'a\nb')).toEqual({ ok: false, component: '"x"' })
    expect(of('("x")', 'caf\u00e9')).toEqual({ ok: false, component: '"x"' })
    expect(of('("x";sf)')).toEqual({ ok: false, component: '"x";sf' })
    expect(of('("@status")')).toEqual({ ok: false, component: '"@status"' })
    expect(of('("@constructor")')).toEqual({ ok: false, component: '"@constructor"' })
    expect(of('("@query-param";name="a")')).toEqual({ ok: false, component: '"@query-param";name="a"' })
    expect(of('("@path")')).toEqual({ ok: true, base: '"@path": /\n"@signature-params": ("@path")' })
  })
})

describe('the time of a signature', () => {
  const now = 1_700_000_000_000
  const fault = (created: number, expires: number | null = null) => timeFault({ created, expires }, now, 60_000)

  it('is now, give or take the window', () => {
    expect(fault(1_700_000_000)).toBe(null)
    expect(fault(1_699_999_940)).toBe(null)
    expect(fault(1_699_999_939)).toBe('created too long ago')
    expect(fault(1_700_000_061)).toBe('created in the future')
    expect(fault(999_999_999_999_999)).toBe('created in the future')
  })

  it('is over when the signature says so', () => {
    expect(fault(1_700_000_000, 1_700_000_001)).toBe(null)
    expect(fault(1_699_999_990, 1_700_000_000)).toBe('expired')
    expect(fault(1_700_000_000, 1_699_999_999)).toBe('expires before it was created')
  })
})

describe('the digest of a body', () => {
  const bytes = Buffer.from('{"hello": "world"}')

  it('is made and verified', () => {
    expect(contentDigest(bytes)).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:')
    expect(digestFault(contentDigest(bytes), bytes)).toBe(null)
    expect(digestFault(`md5=:AAAA:, ${contentDigest(bytes)}`, bytes)).toBe(null)
  })

  it.each([
    ['of other bytes', contentDigest(Buffer.from('{}')), 'sha-256 of other bytes'],
    ['of which one is wrong', `${contentDigest(bytes)}, sha-512=:AAAA:`, 'sha-512 of other bytes'],
    ['that nobody believes', 'md5=:AAAA:', 'neither sha-256 nor sha-512'],
    ['that is a string', 'sha-256="AAAA"', 'not a digest'],
    ['that is there twice', `${contentDigest(bytes)}, ${contentDigest(bytes)}`, 'not a digest'],
    ['that is empty', '', 'neither sha-256 nor sha-512'],
    ['that is endless', `sha-256=:${'A'.repeat(2000)}:`, 'not a digest'],
  ])('is refused when it is one %s', (_, header, fault) => {
    expect(digestFault(header, bytes)).toBe(fault)
  })
})

describe('a public key that somebody brings', () => {
  const jwkOf = (type: 'ed25519' | 'p256') => {
    const { publicKey } =
      type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return publicKey.export({ format: 'jwk' }) as Record<string, unknown>
  }

  it('is one of its algorithm', () => {
    expect(faultOfPublicKey(jwkOf('ed25519'), 'ed25519')).toBe(null)
    expect(faultOfPublicKey(jwkOf('p256'), 'ecdsa-p256-sha256')).toBe(null)
    expect(faultOfPublicKey(jwkOf('p256'), 'ed25519')).toBe('not of the kind that Ed25519 needs')
    expect(faultOfPublicKey(jwkOf('p256'), 'ecdsa-p384-sha384')).toBe('not on the curve of ES384')
  })

  it('is no private key, no shared one, and on its curve', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    expect(faultOfPublicKey(privateKey.export({ format: 'jwk' }), 'ed25519')).toBe('a private or shared key')
    expect(faultOfPublicKey({ kty: 'oct', k: 'AAAA' }, 'ed25519')).toBe('a private or shared key')
    const off = { ...jwkOf('p256'), y: Buffer.alloc(32, 1).toString('base64url') }
    expect(faultOfPublicKey(off, 'ecdsa-p256-sha256')).toBe('not a point on its curve')
    expect(faultOfPublicKey('text', 'ed25519')).toBe('not a key')
  })
})

function coveredOf(text: string): InnerList {
  const member = parseDictionary(`a=${text}`)?.get('a')
  if (member === undefined || !('items' in member)) throw new Error(text)
  return member
}

function keyOf(jwk: Readonly<Record<string, unknown>>) {
  const key = publicKeyOf(jwk)
  if (key === null) throw new Error('a key of the examples cannot be read')
  return key
}

/** A request as its examples write it. */
function messageOf(text: string, scheme = 'https'): SignedMessage {
  const [first = '', ...lines] = (text.split('\n\n')[0] as string).split('\n')
  const [method = '', target = ''] = first.split(' ')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  return {
    method,
    address: `${scheme}://${headers.get('host')}${path}`,
    query: mark === -1 ? '' : target.slice(mark + 1),
    header: (name) => headers.get(name),
  }
}
