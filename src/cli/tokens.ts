import { text as readAll } from 'node:stream/consumers'
import { show, showAnswer } from './answer.ts'
import { type Command, EXIT, type Exit, firstWord, type Invocation, textOption } from './command.ts'
import { record } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'tokens'
const KINDS = { id: 'token', session: 'session', user: 'user', client: 'client' } as const

export const tokenCommands: readonly Command[] = [
  {
    noun,
    verb: 'revoke',
    summary: 'End an access token, or all that a session, a person or a client has.',
    options: {
      id: { type: 'string' },
      session: { type: 'string' },
      user: { type: 'string' },
      client: { type: 'string' },
      'issued-before': { type: 'string' },
    },
    help: {
      id: 'one access token, by its jti',
      session: 'all of a session: its id, or the sid of tokens',
      user: 'all that a person has',
      client: 'all that a client has',
      'issued-before': 'only signed tokens from before this moment, such as 2026-03-01T12:00:00Z',
    },
    examples: [
      'sallyport tokens revoke --id tok_1hq3v0c9kd5m7w2x8p4t6r1a',
      'sallyport tokens revoke --client cli_1hq3v0c9kd5m7w2x8p4t6r1a --issued-before 2026-03-01T12:00:00Z',
    ],
    run: revoke,
  },
  {
    noun,
    verb: 'inspect',
    summary: 'Say whether an access token is good now, and what it says. Exit code 1 when it is not.',
    words: 'TOKEN',
    wordCount: 1,
    examples: ['pbpaste | sallyport tokens inspect -', 'sallyport tokens inspect - --json < token.txt'],
    run: inspect,
  },
]

function revoke(it: Invocation): Promise<Exit> {
  const named = (['id', 'session', 'user', 'client'] as const).filter((name) => textOption(it, name) !== undefined)
  const [name] = named
  if (name === undefined || named.length > 1) {
    throw new UsageError('tokens revoke needs one of --id, --session, --user and --client')
  }
  const issuedBefore = textOption(it, 'issued-before')
  const body = { kind: KINDS[name], ref: textOption(it, name), ...(issuedBefore === undefined ? {} : { issuedBefore }) }
  return show(it, 'POST', '/v1/tokens/revoke', body, () => 'They are revoked.')
}

async function inspect(it: Invocation): Promise<Exit> {
  const word = firstWord(it)
  const token = word === '-' ? (await readAll(process.stdin)).trim() : word
  const answer = await (await it.api()).call('POST', '/v1/tokens/inspect', { token })
  const { active, claims } = (answer.body ?? {}) as { active?: boolean; claims?: Record<string, unknown> }
  const exit = showAnswer(it, answer, () =>
    active === true ? record(claims ?? {}) : 'The token is not good here and now.',
  )
  return exit === EXIT.good && active !== true ? EXIT.bad : exit
}
