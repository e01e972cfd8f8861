import { showAnswer } from './answer.ts'
import { openApi } from './api.ts'
import { type Command, type Exit, type Invocation, listOption, numberOption, textOption } from './command.ts'
import { keyWord } from './key-word.ts'

export const keyExchangeCommands: readonly Command[] = [
  {
    noun: 'keys',
    verb: 'exchange',
    summary: 'Buy a short-lived token with a key. Exit code 1 when it is refused.',
    words: 'KEY',
    wordCount: 1,
    options: {
      scope: { type: 'string', multiple: true },
      permission: { type: 'string', multiple: true },
      audience: { type: 'string' },
      ttl: { type: 'string' },
      format: { type: 'string' },
    },
    help: {
      scope: 'a scope that the token gives; may be repeated (all that the key gives)',
      permission: 'a permission that the token gives; may be repeated (all that the key gives)',
      audience: 'who is to believe it, such as https://orders.example.com (this server)',
      ttl: 'seconds that it lives, at most 300 (300)',
      format: 'jwt, or paseto where a signing key has EdDSA (jwt)',
    },
    examples: [
      'pbpaste | sallyport keys exchange - --scope orders:read --audience https://orders.example.com',
      'sallyport keys exchange sp_live_… --server https://gate.example.com --json',
    ],
    run,
  },
]

async function run(it: Invocation): Promise<Exit> {
  const key = await keyWord(it)
  const body = Object.fromEntries(
    Object.entries({
      scopes: listOption(it, 'scope'),
      permissions: listOption(it, 'permission'),
      audience: textOption(it, 'audience'),
      ttl: numberOption(it, 'ttl'),
      format: textOption(it, 'format'),
    }).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  )
  // The key is the credential here, so a server needs no other.
  const { server } = it.around
  const api = await openApi({ ...it.around, key: server === undefined ? undefined : key })
  try {
    const answer = await api.call('POST', '/v1/keys/exchange', body, key)
    return showAnswer(it, answer, (token) => String(token.accessToken))
  } finally {
    await api.close()
  }
}
