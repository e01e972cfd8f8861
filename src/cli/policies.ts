import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { record, table } from './output.ts'
import { jsonOf, textOf } from './read-file.ts'
import { UsageError } from './usage.ts'

const noun = 'policies'
const one = { wordCount: 1, words: 'ID' } as const
const id = 'pol_1hq3v0c9kd5m7w2x8p4t6r1a'

const written = {
  name: { type: 'string' },
  file: { type: 'string' },
  examples: { type: 'string' },
  description: { type: 'string' },
} as const
const help = {
  name: 'by which decisions name it',
  file: 'a file with one policy in Cedar’s language',
  examples: 'a file with its examples (JSON)',
  description: 'what it is for',
} as const
const page = { limit: { type: 'string' }, cursor: { type: 'string' } } as const
const pageHelp = { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' } as const

/** Policies: what attributes decide. */
export const policyCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Make a policy. It decides from then on, on every node.',
    options: { ...written, disabled: { type: 'boolean' } },
    help: {
      ...help,
      name: `${help.name} (required)`,
      file: `${help.file} (required)`,
      disabled: 'make it, but let it decide nothing yet',
    },
    examples: ['sallyport policies create --name open-orders --file open-orders.cedar --examples open-orders.json'],
    run: create,
  },
  {
    noun,
    verb: 'list',
    summary: 'List policies, newest first.',
    options: page,
    help: pageHelp,
    examples: ['sallyport policies list'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show everything known about a policy.',
    examples: [`sallyport policies show ${id}`],
    run: (it) => show(it, 'GET', pathOf(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'change',
    summary: 'Change, disable or enable a policy.',
    options: { ...written, enable: { type: 'boolean' }, disable: { type: 'boolean' } },
    help: { ...help, enable: 'let it decide from now on', disable: 'let it decide nothing until it is enabled' },
    examples: [`sallyport policies change ${id} --file open-orders.cedar`, `sallyport policies change ${id} --disable`],
    run: change,
  },
  {
    ...one,
    noun,
    verb: 'versions',
    summary: 'List what a policy said, newest first.',
    examples: [`sallyport policies versions ${id}`],
    run: (it) =>
      show(it, 'GET', `${pathOf(it)}/versions`, undefined, ({ items }) =>
        table(
          ['VERSION', 'AT', 'BY', 'TEXT'],
          rowsOf(items, ({ version, changedAt, changedBy, text }) => [version, changedAt, changedBy, text]),
        ),
      ),
  },
  {
    ...one,
    noun,
    verb: 'roll-back',
    summary: 'Let a policy say again what it said.',
    options: { to: { type: 'string' } },
    help: { to: 'the version that it goes back to (required)' },
    examples: [`sallyport policies roll-back ${id} --to 1`],
    run: rollBack,
  },
  {
    ...one,
    noun,
    verb: 'remove',
    summary: 'Delete a policy and its versions.',
    examples: [`sallyport policies remove ${id}`],
    run: (it) => show(it, 'DELETE', pathOf(it), undefined, () => `${firstWord(it)} is deleted.`),
  },
  {
    noun,
    verb: 'try',
    summary: 'Ask what was asked before once more, with a change that is not saved.',
    options: { ...written, id: { type: 'string' }, remove: { type: 'boolean' } },
    help: { ...help, id: 'the policy that is changed; a new one unless told', remove: 'what if it were not there' },
    examples: ['sallyport policies try --file stricter.cedar', `sallyport policies try --id ${id} --remove`],
    run: tryOut,
  },
  {
    noun,
    verb: 'schema',
    summary: 'Show the schema that policies are held against.',
    examples: ['sallyport policies schema'],
    run: (it) => show(it, 'GET', '/v1/policies/schema', undefined, ({ whole }) => String(whole)),
  },
  {
    noun,
    verb: 'set-schema',
    summary: 'Change what is added to the generated schema.',
    options: { file: { type: 'string' }, none: { type: 'boolean' } },
    help: { file: 'a file in Cedar’s schema language', none: 'hold policies against no schema' },
    examples: ['sallyport policies set-schema --file orders.cedarschema', 'sallyport policies set-schema --none'],
    run: setSchema,
  },
]

async function create(it: Invocation) {
  const body = { ...(await bodyOf(it)), enabled: it.options.disabled !== true }
  return show(it, 'POST', '/v1/policies', body, (policy) => `${policy.id}\n\n${policy.name} ${stateOf(policy)}.`)
}

async function change(it: Invocation) {
  const { enable, disable } = it.options
  if (enable === true && disable === true) throw new UsageError('--enable or --disable, not both')
  const body = {
    ...(await bodyOf(it)),
    ...(enable === true || disable === true ? { enabled: enable === true } : {}),
  }
  if (Object.keys(body).length === 0) throw new UsageError('policies change needs something to change')
  return show(
    it,
    'PATCH',
    pathOf(it),
    body,
    (policy) => `${policy.name} ${stateOf(policy)}, version ${policy.version}.`,
  )
}

function rollBack(it: Invocation) {
  const version = numberOption(it, 'to')
  if (version === undefined) throw new UsageError('policies roll-back needs --to VERSION')
  return show(
    it,
    'POST',
    `${pathOf(it)}/roll-back`,
    { version },
    (policy) => `${policy.name} says what it said at version ${version}, as version ${policy.version}.`,
  )
}

async function tryOut(it: Invocation) {
  const policy = textOption(it, 'id')
  const change = await bodyOf(it)
  const body = {
    ...(policy === undefined ? {} : { id: policy }),
    ...(it.options.remove === true ? { remove: true } : { policy: change }),
  }
  return show(it, 'POST', '/v1/policies/dry-run', body, ({ asked, changed, examples }) => {
    const words = `${changed} of ${asked} would be decided otherwise.`
    const head = ['PRINCIPAL', 'ACTION', 'RESOURCE', 'NOW', 'THEN']
    const rows = rowsOf(examples, ({ principal, action, resource, allowedNow, allowedThen }) => [
      principal,
      action,
      resource,
      allowedNow === true ? 'allowed' : 'denied',
      allowedThen === true ? 'allowed' : 'denied',
    ])
    return rows.length === 0 ? words : `${words}\n\n${table(head, rows)}`
  })
}

async function setSchema(it: Invocation) {
  const file = textOption(it, 'file')
  if ((file === undefined) === (it.options.none !== true))
    throw new UsageError('set-schema needs --file FILE or --none')
  const added = file === undefined ? null : await textOf(file)
  return show(it, 'PUT', '/v1/policies/schema', { added }, () =>
    added === null ? 'Policies are held against no schema.' : 'Policies are held against the new schema.',
  )
}

function list(it: Invocation) {
  const query = queryOf({ limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/policies${query}`, undefined, ({ items, nextCursor }) => {
    const rows = rowsOf(items, (policy) => [
      policy.id,
      policy.name,
      policy.enabled === true ? 'yes' : 'no',
      policy.version,
    ])
    const more = nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`
    return `${table(['ID', 'NAME', 'DECIDES', 'VERSION'], rows)}${more}`
  })
}

async function bodyOf(it: Invocation): Promise<Record<string, unknown>> {
  const [file, examples] = [textOption(it, 'file'), textOption(it, 'examples')]
  const [name, description] = [textOption(it, 'name'), textOption(it, 'description')]
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(file === undefined ? {} : { text: await textOf(file) }),
    ...(examples === undefined ? {} : { examples: await jsonOf(examples) }),
  }
}

type Item = Record<string, unknown>

function rowsOf(items: unknown, cells: (item: Item) => readonly unknown[]): string[][] {
  return (items as Item[]).map((item) => cells(item).map(String))
}

function stateOf({ enabled }: Item): string {
  return enabled === true ? 'decides' : 'decides nothing'
}

function pathOf(it: Invocation): string {
  return `/v1/policies/${encodeURIComponent(firstWord(it))}`
}
