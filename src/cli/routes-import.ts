import { open, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import type { Config } from '../config/index.ts'
import type { Plan, PlannedRoute, Unmapped } from '../inventory/index.ts'
import { type Command, EXIT, type Exit, firstWord, type Invocation, textOption } from './command.ts'
import { config, guard, inventory, server } from './loaded.ts'
import { textOf } from './read-file.ts'
import { type Added, addTo, written } from './routes/file.ts'
import { importOptions, settingsOf } from './routes/options.ts'
import { readConfig } from './surroundings.ts'
import { UsageError } from './usage.ts'

export const routeImportCommands: readonly Command[] = [
  {
    noun: 'routes',
    verb: 'import',
    summary: 'Make routes of an OpenAPI document: held to it, with a limit each, nothing public unless that is said.',
    words: 'FILE',
    wordCount: 1,
    ...importOptions,
    examples: [
      'sallyport routes import petstore.yaml --upstream pets=http://127.0.0.1:9090 --authenticate apiKey --out sallyport.yaml',
      'sallyport routes import orders.json --upstream orders=http://10.0.0.7:8080 --base /v2 --write',
      'sallyport routes import orders.json --upstream orders=http://10.0.0.7:8080 --security partner=apiKey,jwt',
    ],
    run,
  },
]

async function run(it: Invocation): Promise<Exit> {
  const file = resolve(it.around.cwd, firstWord(it))
  const target = await targetOf(it)
  const planned = await plan(it, file, target)
  if (planned.undecided.length > 0) return refuse(it, planned)
  if (planned.routes.length === 0) throw new UsageError(`${firstWord(it)} has no operation that a route can be made of`)
  const { added, dropped } = await checked(addedOf(it, planned, file, target), target)
  await put(it, added, target)
  return tell(it, added, [...planned.unmapped, ...dropped], planned.notes, target)
}

/** Where the routes go: to stdout, into a new file, or into the configuration that is in force. */
type Target = {
  readonly is: 'stdout' | 'new' | 'config'
  readonly file: string | null
  readonly folder: string
  readonly before: Config | null
}

async function targetOf(it: Invocation): Promise<Target> {
  const out = textOption(it, 'out')
  if (it.options.write !== true) {
    const file = out === undefined ? null : resolve(it.around.cwd, out)
    return {
      is: file === null ? 'stdout' : 'new',
      file,
      folder: file === null ? it.around.cwd : dirname(file),
      before: null,
    }
  }
  if (out !== undefined) throw new UsageError('--out and --write exclude each other')
  const loaded = await readConfig(it.around)
  if (!loaded.ok) throw new UsageError('The configuration is wrong; see `sallyport config check`, then import again')
  if (loaded.file === null || !/\.ya?ml$/.test(loaded.file))
    throw new UsageError(
      '--write needs a configuration in YAML; name one with --config, or write a new file with --out',
    )
  return { is: 'config', file: loaded.file, folder: dirname(loaded.file), before: loaded.value }
}

async function plan(it: Invocation, file: string, { before }: Target): Promise<Plan> {
  const { readDocument } = await guard()
  const { planRoutes, baseOf, KINDS } = await inventory()
  const read = readDocument(await textOf(file))
  if (!read.ok) {
    const faults = read.faults.map(({ pointer, message }) => `  ${pointer} ${message}`.trimEnd())
    throw new UsageError([`${firstWord(it)} cannot be used:`, ...faults].join('\n'))
  }
  const { root } = read.value
  return planRoutes(root, {
    ...settingsOf(it, { base: baseOf(root), kinds: KINDS }),
    document: await documentNameOf(it, file),
    taken: before?.gateway.routes.map(({ id }) => id) ?? [],
    today: new Date().toISOString().slice(0, 10),
  })
}

async function documentNameOf(it: Invocation, file: string): Promise<string> {
  const { idOf } = await inventory()
  return textOption(it, 'name') ?? idOf(basename(file, extname(file)))
}

function addedOf(it: Invocation, { routes }: Plan, file: string, { folder }: Target): Added {
  const { upstream, address } = settingsOf(it, { base: null, kinds: [] })
  const near = relative(folder, file)
  const input = routes[0]?.input as { openapi: { document: string } }
  return {
    upstreams: { [upstream]: { targets: [address] } },
    documents: { [input.openapi.document]: { file: /^(\.\.?)?\//.test(near) ? near : `./${near}` } },
    routes,
  }
}

// What a document says of single operations may be unusable; their routes are left out, and told of.
async function checked(added: Added, target: Target) {
  const { readConfig: read, formatProblem } = await config()
  const loaded = read({ gateway: added as never }, target.folder)
  if (!loaded.ok) throw new UsageError(loaded.problems.map(formatProblem).join('\n'))
  const { documentProblems } = await server()
  const reasons = new Map<number, string>()
  for (const { path, message } of documentProblems(loaded.value))
    reasons.set(Number(/routes\[(\d+)\]/.exec(path)?.[1]), message)
  const dropped = added.routes.flatMap((route, i): Unmapped[] => {
    const reason = reasons.get(i)
    return reason === undefined ? [] : [{ operation: `${route.match.methods[0]} ${route.match.path}`, reason }]
  })
  const routes = added.routes.filter((_, i) => !reasons.has(i))
  if (routes.length === 0) throw new UsageError(`no route is left: ${dropped[0]?.reason ?? ''}`)
  return { added: { ...added, routes }, dropped }
}

async function put(it: Invocation, added: Added, { is, file }: Target): Promise<void> {
  if (is === 'stdout' || file === null) return
  if (is === 'new') {
    const handle = await open(file, 'wx', 0o644).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(error.code === 'EEXIST' ? `${file} is there already` : error.message)
    })
    await handle.writeFile(written(added))
    await handle.close()
    return
  }
  const draft = join(dirname(file), `.${basename(file, extname(file))}.import-${process.pid}.yaml`)
  try {
    await writeFile(draft, addTo(await textOf(file), added), { flag: 'wx', mode: 0o644 })
    const loaded = await readConfig({ ...it.around, configFile: draft })
    const { formatProblem } = await config()
    if (!loaded.ok) throw new UsageError(loaded.problems.map(formatProblem).join('\n').replaceAll(draft, file))
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

function refuse(it: Invocation, { undecided }: Plan): Exit {
  const silent = undecided.filter(({ declared }) => !declared).map(({ operation }) => `  ${operation}`)
  const open = undecided.filter(({ declared }) => declared).map(({ operation }) => `  ${operation}`)
  const lines = [
    ...(silent.length === 0
      ? []
      : ['The document does not say who may call these; say with --authenticate what they ask for:', ...silent]),
    ...(open.length === 0
      ? []
      : ['The document declares these open for everybody; say --public-where-declared to make them so:', ...open]),
    'Nothing was written.',
  ]
  if (it.output.json) it.output.result({ ok: false, undecided }, () => '')
  else for (const line of lines) it.output.say(line)
  return EXIT.usage
}

function tell(
  it: Invocation,
  added: Added,
  unmapped: readonly Unmapped[],
  notes: readonly string[],
  { is, file }: Target,
): Exit {
  const routes: readonly PlannedRoute[] = added.routes
  for (const note of notes) it.output.say(`Note: ${note}.`)
  for (const { operation, reason } of unmapped) it.output.say(`Left out: ${operation}: ${reason}.`)
  const document = { ok: true, file, routes: routes.map(({ id, match }) => ({ id, ...match })), unmapped, notes }
  it.output.result(is === 'stdout' ? { ...document, gateway: added } : document, () =>
    is === 'stdout'
      ? written(added)
      : `${routes.length} routes written to ${file}. Next: sallyport config check && sallyport serve`,
  )
  return EXIT.good
}
