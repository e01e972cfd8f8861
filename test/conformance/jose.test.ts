import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isAlgorithm, isSignedBy, keySetOf, readCompact } from '../../src/tokens/testing.ts'

type Jwk = Readonly<Record<string, unknown>>
type Case = { readonly tcId: number; readonly comment: string; readonly result: string; readonly jws?: unknown }
type Group = {
  readonly comment: string
  readonly public?: Jwk & { readonly keys?: readonly Jwk[] }
  readonly private?: Jwk & { readonly keys?: readonly Jwk[] }
  readonly tests: readonly Case[]
}

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const folder = join(root, 'jose')
const groupsIn = (name: string): readonly Group[] => {
  const file = join(folder, 'wycheproof', `${name}_test.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testGroups : []
}

/** Whether this verifier believes a signature, with the keys of an issuer and everything it can verify allowed. */
async function believes(jws: string, keys: readonly Jwk[]): Promise<boolean> {
  const header = readCompact(jws)
  if (header === null || !isAlgorithm(header.alg)) return false
  // Some keys have no name; here they are all one issuer's, and the token names none either.
  const named = keys.map((key) => ({ ...key, kid: key.kid ?? header.kid ?? 'the-key' }))
  const key = await keySetOf({ keys: named }).find(header.kid ?? 'the-key', header.alg)
  return key !== null && (await isSignedBy(jws, key))
}

/** Why something that the vectors call valid is refused all the same. */
function stricter(jws: string, keys: readonly Jwk[]): string | null {
  const [head = '', body = ''] = jws.split('.')
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string }
  if (/^HS/.test(alg)) return 'a secret that two sides share proves nothing'
  if (body === '') return 'a token without claims says nothing'
  if (keys.some((key) => key.alg !== undefined && key.alg !== alg)) return 'the key names another algorithm'
  return null
}

describe.each(['json_web_signature', 'json_web_key', 'json_web_crypto'])('Wycheproof, %s', (name) => {
  const groups = groupsIn(name)
  it.skipIf(groups.length > 0)('has its vectors', () => expect(existsSync(folder)).toBe(false))

  for (const { comment, public: open, private: secret, tests } of groups) {
    const given = open ?? secret
    const keys = given?.keys ?? (given === undefined ? [] : [given])
    const signed = tests.filter((test): test is Case & { jws: string } => typeof test.jws === 'string')
    it.each(signed)(`${comment} $tcId $comment: $result`, async ({ jws, result }) => {
      const believed = await believes(jws, keys)
      if (result !== 'valid') expect(believed).toBe(false)
      else if (!believed) expect(stricter(jws, keys)).not.toBeNull()
      else expect(stricter(jws, keys)).toBeNull()
    })
  }
})

describe('RFC 7520 and RFC 8037, signatures', () => {
  const cookbook = join(folder, 'rfc7520-cookbook')
  const files = existsSync(cookbook)
    ? readdirSync(cookbook).filter((name) => /^(jws__|curve25519__jws)/.test(name))
    : []
  it.skipIf(files.length > 0)('have their vectors', () => expect(existsSync(folder)).toBe(false))

  it.each(files)('%s', async (name) => {
    const { input, output } = JSON.parse(readFileSync(join(cookbook, name), 'utf8'))
    const compact: unknown = output.compact
    if (typeof compact !== 'string' || input.key === undefined) return
    const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = input.key as Jwk
    const detached = compact.split('.')[1] === ''
    const expected = !/^HS/.test(String(input.alg)) && !detached
    expect(await believes(compact, [open])).toBe(expected)
  })
})
