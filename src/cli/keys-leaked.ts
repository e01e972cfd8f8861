import { showAnswer } from './answer.ts'
import { type Command, EXIT, type Exit, type Invocation, textOption } from './command.ts'
import { keyWord } from './key-word.ts'

const SENTENCES: Readonly<Record<string, (id: unknown) => string>> = {
  revoked: (id) => `${id ?? 'The key'} was revoked at once. The contacts of its service are told by mail.`,
  already_revoked: (id) => `${id ?? 'The key'} had been revoked already.`,
  unknown: () => 'This is not a key of this system; nothing was changed.',
}

export const keyLeakedCommands: readonly Command[] = [
  {
    noun: 'keys',
    verb: 'leaked',
    summary: 'Report a key that was found where it should not be: it is revoked. Exit code 1 when it is unknown.',
    words: 'KEY',
    wordCount: 1,
    options: { where: { type: 'string' }, url: { type: 'string' } },
    help: {
      where: 'where it was found, for its owner',
      url: 'the address where it was found',
    },
    examples: [
      'pbpaste | sallyport keys leaked - --where "support ticket 1234"',
      'sallyport keys leaked sp_live_… --url https://example.com/app.env',
    ],
    run,
  },
]

async function run(it: Invocation): Promise<Exit> {
  const where = textOption(it, 'where')
  const url = textOption(it, 'url')
  const key = await keyWord(it)
  const body = { key, ...(where === undefined ? {} : { where }), ...(url === undefined ? {} : { url }) }
  const answer = await (await it.api()).call('POST', '/v1/keys/leaked', body)
  const exit = showAnswer(it, answer, ({ outcome, keyId }) => (SENTENCES[String(outcome)] ?? received)(keyId))
  if (exit !== EXIT.good) return exit
  return (answer.body as { outcome?: string }).outcome === 'unknown' ? EXIT.bad : EXIT.good
}

// A server tells only whoever holds keys:report.
function received(): string {
  return 'The report was received. Your key lacks keys:report, so the server does not say what became of it.'
}
