import type { RotatedSecrets } from '../server/index.ts'
import { type Command, EXIT, type Invocation, textOption } from './command.ts'
import { server } from './loaded.ts'
import { table } from './output.ts'
import { requireConfig } from './surroundings.ts'
import { opened, UsageError } from './usage.ts'

export const secretCommands: readonly Command[] = [
  {
    noun: 'secrets',
    verb: 'status',
    summary: 'Show the master keys and data keys: versions and ages, never values.',
    examples: ['sallyport secrets status --json'],
    run: status,
  },
  {
    noun: 'secrets',
    verb: 'rotate',
    summary: 'Make new data keys and seal everything again; or change the master key, or the pepper of API keys.',
    options: { 'next-master-file': { type: 'string' }, pepper: { type: 'boolean' } },
    help: {
      'next-master-file': 'change to the master key in this file',
      pepper: 'make a new pepper; API keys keep working',
    },
    examples: [
      'sallyport secrets rotate',
      'sallyport secrets rotate --next-master-file /etc/sallyport/master-2.key',
      'sallyport secrets rotate --pepper',
    ],
    run: rotate,
  },
]

async function status(it: Invocation) {
  requireLocal(it)
  const { withLocalSystem } = await server()
  const found = await opened(withLocalSystem(await requireConfig(it.around), ({ secrets }) => secrets.status()))
  it.output.result(found, () => {
    const masters = found.masters.map(({ version, kind, createdAt }) => [
      'master',
      String(version),
      kind,
      day(createdAt),
    ])
    const data = found.dataKeys.map(({ purpose, version, createdAt }) => [
      purpose,
      String(version),
      'data key',
      day(createdAt),
    ])
    return table(['PURPOSE', 'VERSION', 'KIND', 'SINCE'], [...masters, ...data])
  })
  return EXIT.good
}

async function rotate(it: Invocation) {
  requireLocal(it)
  const file = textOption(it, 'next-master-file')
  const pepper = it.options.pepper === true
  if (file !== undefined && pepper) throw new UsageError('one at a time: --next-master-file or --pepper')
  const config = await requireConfig(it.around)
  const { rotateSecrets } = await server()
  const done = await opened(rotateSecrets(config, { pepper, nextMasterFile: file ?? null }))
  it.output.result(done, () => SENTENCES[done.what](done.count))
  return EXIT.good
}

const SENTENCES: Readonly<Record<RotatedSecrets['what'], (count: number) => string>> = {
  pepper: (count) => `The pepper has a new version, ${count}. Each API key takes it on when it is used next.`,
  master: (count) =>
    `${count} data keys are under the new master key. Start every process with SALLYPORT_MASTER_KEY_FILE naming its file from now on.`,
  data: () =>
    'New data keys are made; they are used from ten seconds on. Run this again after that to seal the older values again.',
}

function requireLocal(it: Invocation): void {
  if (it.around.server !== undefined) throw new UsageError('secrets works on the local store; it takes no --server')
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
