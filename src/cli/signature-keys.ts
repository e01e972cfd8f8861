import { createPublicKey } from 'node:crypto'
import { show } from './answer.ts'
import { type Command, firstWord, type Invocation, onlySaid, textOption } from './command.ts'
import { table } from './output.ts'
import { textOf } from './read-file.ts'
import { UsageError } from './usage.ts'

const noun = 'signature-keys'
const key = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'

/** Keys that requests are signed with in the name of an API key. */
export const signatureKeyCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    wordCount: 1,
    words: 'KEY',
    summary: 'Give an API key a way to sign requests (RFC 9421).',
    options: { algorithm: { type: 'string' }, 'public-key': { type: 'string' }, name: { type: 'string' } },
    help: {
      algorithm: 'hmac-sha256, ed25519, ecdsa-p256-sha256, ecdsa-p384-sha384 or rsa-pss-sha512 (hmac-sha256)',
      'public-key': 'a file with the public key, PEM or JWK; the private one stays with you',
      name: 'what it is for',
    },
    examples: [
      `sallyport signature-keys create ${key} --name 'billing worker'`,
      `sallyport signature-keys create ${key} --algorithm ed25519 --public-key worker.pub.pem`,
    ],
    run: create,
  },
  {
    noun,
    verb: 'list',
    wordCount: 1,
    words: 'KEY',
    summary: 'List the signature keys of an API key.',
    examples: [`sallyport signature-keys list ${key}`],
    run: list,
  },
  {
    noun,
    verb: 'revoke',
    wordCount: 2,
    words: 'KEY ID',
    summary: 'End a signature key; its API key works on.',
    examples: [`sallyport signature-keys revoke ${key} rsk_1hq3v0c9kd5m7w2x8p4t6r1a`],
    run: revoke,
  },
]

async function create(it: Invocation) {
  const file = textOption(it, 'public-key')
  const body = onlySaid({
    name: textOption(it, 'name'),
    algorithm: textOption(it, 'algorithm') ?? 'hmac-sha256',
    publicKey: file === undefined ? undefined : jwkOf(await textOf(file), file),
  })
  return show(it, 'POST', at(it), body, ({ id, secret }) =>
    secret === null
      ? `${id} verifies what you sign; "keyid" is its name.`
      : [
          `${secret}`,
          '',
          `This is the only time the secret is shown. Its id, the "keyid" of signatures, is ${id}.`,
        ].join('\n'),
  )
}

function list(it: Invocation) {
  return show(it, 'GET', at(it), undefined, (answer) => {
    const items = answer.items as Record<string, unknown>[]
    const rows = items.map(({ id, algorithm, createdAt, name }) => [id, algorithm, createdAt, name].map(String))
    return table(['ID', 'ALGORITHM', 'CREATED', 'NAME'], rows)
  })
}

function revoke(it: Invocation) {
  const id = it.words[1] as string
  return show(it, 'DELETE', `${at(it)}/${encodeURIComponent(id)}`, undefined, () => `${id} is revoked.`)
}

function at(it: Invocation): string {
  return `/v1/keys/${encodeURIComponent(firstWord(it))}/signature-keys`
}

// A private key must not leave the machine because somebody named the wrong file.
function jwkOf(text: string, file: string): unknown {
  if (/PRIVATE KEY|"d"\s*:/.test(text))
    throw new UsageError(`${file} holds a private key; name the file of the public one`)
  try {
    return text.trimStart().startsWith('{') ? JSON.parse(text) : createPublicKey(text).export({ format: 'jwk' })
  } catch {
    throw new UsageError(`${file} is neither a public key in PEM nor a JWK`)
  }
}
