import { showAnswer } from './answer.ts'
import { type Command, EXIT, type Exit, type Invocation, textOption } from './command.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

/** Whether somebody may, asked from the command line. */
export const accessCheckCommands: readonly Command[] = [
  {
    noun: 'access',
    verb: 'check',
    summary: 'Say whether somebody may, and by what. Exit code 1 when they may not.',
    options: {
      principal: { type: 'string' },
      action: { type: 'string' },
      resource: { type: 'string' },
      context: { type: 'string' },
      explain: { type: 'boolean' },
    },
    help: {
      principal: 'who, as TYPE:ID (required)',
      action: 'what they want to do (required)',
      resource: 'with what, as TYPE:ID (required)',
      context: 'circumstances, as JSON',
      explain: 'show what each part of the decision says',
    },
    examples: ['sallyport access check --principal user:ada --action read --resource order:42 --explain'],
    run,
  },
]

type Part = {
  readonly part: string
  readonly answer: { readonly outcome: string; readonly because: readonly string[] }
}

async function run(it: Invocation): Promise<Exit> {
  const api = await it.api()
  const answer = await api.call('POST', '/v1/access/explain', questionOf(it))
  const shown = showAnswer(it, answer, (decision) => {
    const sentence = sentenceOf(decision)
    if (it.options.explain !== true) return sentence
    const rows = (decision.parts as Part[]).map(({ part, answer: { outcome, because } }) => [
      part,
      outcome,
      because.join(', '),
    ])
    return `${sentence}\n\n${table(['PART', 'SAYS', 'BECAUSE'], rows)}`
  })
  if (shown !== EXIT.good) return shown
  return (answer.body as { allowed?: unknown }).allowed === true ? EXIT.good : EXIT.bad
}

function questionOf(it: Invocation): object {
  const action = textOption(it, 'action')
  if (action === undefined) throw new UsageError('access check needs --action NAME')
  return {
    subject: namedOf(it, 'principal'),
    action: { name: action },
    resource: namedOf(it, 'resource'),
    context: contextOf(textOption(it, 'context')),
  }
}

function namedOf(it: Invocation, option: string): { type: string; id: string } {
  const text = textOption(it, option) ?? ''
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw new UsageError(`access check needs --${option} TYPE:ID`)
  return { type: text.slice(0, colon), id: text.slice(colon + 1) }
}

function contextOf(text: string | undefined): unknown {
  if (text === undefined) return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('--context takes JSON')
  }
}

function sentenceOf({ allowed, decidedBy, because }: Record<string, unknown>): string {
  if (decidedBy === null) return 'denied: nothing allows it'
  return `${allowed === true ? 'allowed' : 'denied'} by ${decidedBy}: ${(because as string[]).join(', ')}`
}
