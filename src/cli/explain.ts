import { type Command, EXIT, type Invocation, listOption, textOption } from './command.ts'
import { server } from './loaded.ts'
import { table } from './output.ts'
import { requireRereadable } from './surroundings.ts'
import { opened, UsageError } from './usage.ts'

export const explainCommands: readonly Command[] = [
  {
    noun: 'explain',
    verb: null,
    words: 'METHOD URL',
    wordCount: 2,
    summary:
      'Show what each stage of the gateway says to a request, without sending it. Exit code 1 when it is refused.',
    options: { header: { type: 'string', multiple: true }, 'api-key': { type: 'string' } },
    help: {
      header: 'a header such as "Origin: https://example.com"; may be repeated',
      'api-key': 'the API key the request carries',
    },
    examples: ['sallyport explain GET /orders/42', 'sallyport explain GET /orders --api-key sp_live_… --json'],
    run,
  },
]

async function run(it: Invocation) {
  if (it.around.server !== undefined)
    throw new UsageError('explain works on the local store and configuration; it takes no --server')
  const [method = '', url = ''] = it.words
  const key = textOption(it, 'api-key')
  const headers = {
    ...Object.fromEntries(listOption(it, 'header').map(headerOf)),
    ...(key === undefined ? {} : { 'x-api-key': key }),
  }
  const { config, reread } = await requireRereadable(it.around)
  const { explainRequest } = await server()
  const question = { method: method.toUpperCase(), url, headers }
  const explanation = await opened(explainRequest(config, question, reread))
  it.output.result(explanation, () =>
    table(
      ['STAGE', 'VERDICT', 'CODE', 'DETAIL'],
      explanation.stages.map(({ stage, verdict, code, detail }) => [stage, verdict, code ?? '', detail ?? '']),
    ),
  )
  return explanation.stages.some(({ verdict }) => verdict === 'deny') ? EXIT.bad : EXIT.good
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(':')
  if (colon < 1) throw new UsageError(`--header takes "Name: value", not "${text}"`)
  return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()]
}
