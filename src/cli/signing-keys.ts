import { show, showAnswer } from './answer.ts'
import { type Command, EXIT, type Exit, type Invocation, textOption } from './command.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

type Item = {
  readonly id: string
  readonly algorithm: string
  readonly state: string
  readonly activeAt: string | null
  readonly removesAt: string | null
}

export const signingKeyCommands: readonly Command[] = [
  {
    noun: 'signing-keys',
    verb: 'list',
    summary: 'List the keys that sign tokens: their states, and when each signs and goes.',
    examples: ['sallyport signing-keys list --json'],
    run: (it) => show(it, 'GET', '/v1/signing-keys', undefined, tableOf),
  },
  {
    noun: 'signing-keys',
    verb: 'rotate',
    summary: 'Publish the next key, which signs soon and no token dies; or end a leaked key at once.',
    options: {
      algorithm: { type: 'string' },
      now: { type: 'boolean' },
      leaked: { type: 'string' },
      yes: { type: 'boolean' },
    },
    help: {
      algorithm: 'whose key is replaced: ES256, RS256, PS256 or EdDSA (the default one)',
      now: 'end the key that signs at once, and every token that it signed',
      leaked: 'end the key with this id at once, whatever its state, and every token that it signed',
      yes: 'do so without being asked again',
    },
    examples: [
      'sallyport signing-keys rotate',
      'sallyport signing-keys rotate --algorithm RS256',
      'sallyport signing-keys rotate --now --yes',
      'sallyport signing-keys rotate --leaked sgk_… --yes',
    ],
    run: rotate,
  },
]

async function rotate(it: Invocation): Promise<Exit> {
  const algorithm = textOption(it, 'algorithm')
  const leaked = textOption(it, 'leaked')
  const now = it.options.now === true
  if (leaked !== undefined && (now || algorithm !== undefined)) {
    throw new UsageError('--leaked names one key: it takes neither --now nor --algorithm')
  }
  if (leaked === undefined && !now) {
    return show(it, 'POST', '/v1/signing-keys/rotate', algorithm === undefined ? {} : { algorithm }, tableOf)
  }
  if (it.options.yes !== true) {
    throw new UsageError('every token that the key signed dies at once; say --yes if that is what you want')
  }
  return leaked === undefined ? endActive(it, algorithm) : end(it, leaked)
}

/** Ends the key that signs as this command sees it: if another one signs meanwhile, that one is left alone. */
async function endActive(it: Invocation, algorithm: string | undefined): Promise<Exit> {
  const answer = await (await it.api()).call('GET', '/v1/signing-keys', undefined)
  if (answer.status !== 200) return showAnswer(it, answer, tableOf)
  const active = itemsOf(answer.body as Record<string, unknown>).find(
    (key) => key.state === 'active' && (algorithm === undefined || key.algorithm === algorithm),
  )
  if (active !== undefined) return end(it, active.id)
  it.output.say(`No key signs with ${algorithm ?? 'anything'}.`)
  return EXIT.bad
}

function end(it: Invocation, leaked: string): Promise<Exit> {
  return show(it, 'POST', '/v1/signing-keys/rotate', { leaked }, tableOf)
}

function itemsOf(page: Record<string, unknown>): readonly Item[] {
  return page.items as readonly Item[]
}

function tableOf(page: Record<string, unknown>): string {
  return table(
    ['ID', 'ALGORITHM', 'STATE', 'SIGNS FROM', 'GONE AT'],
    itemsOf(page).map(({ id, algorithm, state, activeAt, removesAt }) => [
      id,
      algorithm,
      state,
      activeAt ?? '',
      removesAt ?? '',
    ]),
  )
}
