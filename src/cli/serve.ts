import { systemClock } from '../core/index.ts'
import type { Role } from '../server/index.ts'
import { type Command, EXIT, type Invocation, numberOption, textOption } from './command.ts'
import { server } from './loaded.ts'
import { requireRereadable } from './surroundings.ts'
import { opened, UsageError } from './usage.ts'

export const serveCommands: readonly Command[] = [
  {
    noun: 'serve',
    verb: null,
    summary: 'Run the control plane, the gateway, or both.',
    options: { role: { type: 'string' }, workers: { type: 'string' } },
    help: { role: 'all, control or gateway (all)', workers: 'processes to run; 1 in this version' },
    examples: ['sallyport serve', 'sallyport serve --role gateway --config /etc/sallyport.yaml'],
    run,
  },
]

async function run(it: Invocation) {
  if (it.around.server !== undefined) throw new UsageError('serve runs here; it takes no --server')
  const { ROLES, serve } = await server()
  const role = roleOf(textOption(it, 'role') ?? 'all', ROLES)
  if ((numberOption(it, 'workers') ?? 1) !== 1) {
    throw new UsageError(
      '--workers above 1 is not available in this version: start several `sallyport serve` processes on PostgreSQL and Redis instead.',
    )
  }
  const { config, reread } = await requireRereadable(it.around)
  const serving = await opened(serve({ config, role, clock: systemClock, reread }))
  // What is wrong is in the log; the last good configuration stays.
  process.on('SIGHUP', () => void serving.reload().catch(() => undefined))
  for (const warning of serving.system.warnings) it.output.say(warning)
  const { control, gateway } = serving
  it.output.result({ control, gateway, role }, () => ready(control, gateway))
  await untilStopped()
  await serving.stop()
  return EXIT.good
}

function roleOf(text: string, roles: readonly Role[]): Role {
  const role = roles.find((known) => known === text)
  if (role === undefined) throw new UsageError(`--role takes ${roles.join(', ')}, not "${text}"`)
  return role
}

function ready(control: string | null, gateway: string | null): string {
  const doors = [
    control === null ? null : `Control plane  ${control}`,
    gateway === null ? null : `Gateway        ${gateway}`,
  ]
  const next = [
    'Try next:',
    '  sallyport keys create --name first',
    '  sallyport explain GET /your/path',
    '  sallyport audit tail',
  ]
  return [...doors.filter((line) => line !== null), '', ...next].join('\n')
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}
