import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { record, table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'services'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'svc_1hq3v0c9kd5m7w2x8p4t6r1a'

export const serviceCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Register a machine client that owns keys.',
    options: { name: { type: 'string' }, description: { type: 'string' } },
    help: { name: 'its name (required)', description: 'what it does' },
    examples: ['sallyport services create --name billing --json'],
    run: async (it) => {
      const name = textOption(it, 'name')
      if (name === undefined) throw new UsageError('services create needs --name')
      const description = textOption(it, 'description')
      const body = { name, ...(description === undefined ? {} : { description }) }
      return show(it, 'POST', '/v1/services', body, (service) => `${service.id}`)
    },
  },
  {
    noun,
    verb: 'list',
    summary: 'List services, newest first.',
    options: { limit: { type: 'string' }, cursor: { type: 'string' } },
    help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: ['sallyport services list'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show a service.',
    examples: [`sallyport services show ${example}`],
    run: (it) => show(it, 'GET', path(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'disable',
    summary: 'Disable a service and, at once, its keys.',
    examples: [`sallyport services disable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: false }, (service) => `${service.name} is disabled.`),
  },
  {
    ...one,
    noun,
    verb: 'enable',
    summary: 'Let a disabled service and its keys work again.',
    examples: [`sallyport services enable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: true }, (service) => `${service.name} is enabled.`),
  },
]

function path(it: Invocation): string {
  return `/v1/services/${encodeURIComponent(firstWord(it))}`
}

function list(it: Invocation) {
  const query = queryOf({ limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/services${query}`, undefined, (page) => {
    const items = page.items as Record<string, unknown>[]
    const rows = items.map((service) => [
      String(service.id),
      service.enabled === true ? 'enabled' : 'disabled',
      String(service.name),
    ])
    return table(['ID', 'STATE', 'NAME'], rows)
  })
}
