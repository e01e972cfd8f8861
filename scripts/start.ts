// `npm start`: the control plane, the gateway and a sample API behind it, on an embedded store.
import { fileURLToPath } from 'node:url'
import { createOrdersApi } from '../examples/orders-api/app.ts'
import { opened, requireConfig, UsageError, untilStopped } from '../src/cli/index.ts'
import type { Config } from '../src/config/index.ts'
import { systemClock } from '../src/core/index.ts'
import { newKeyOf } from '../src/keys/index.ts'
import { operator, type Serving, serve } from '../src/server/index.ts'

const TAG = 'quickstart'
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/
const CONFIG_FILE = fileURLToPath(new URL('../examples/orders-api/sallyport.yaml', import.meta.url))

try {
  await start()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}

async function start(): Promise<void> {
  const config = withOutboxPage(await configOf())
  await using started = new AsyncDisposableStack()
  const sample = await opened(startSample(config))
  started.defer(() => sample.close())
  const serving = await opened(serve({ config, role: 'all', clock: systemClock }))
  started.defer(() => serving.stop())
  process.stdout.write(`${await welcome(serving)}\n`)
  await untilStopped()
}

function configOf(): Promise<Config> {
  return requireConfig({
    cwd: process.cwd(),
    env: process.env,
    configFile: process.env.SALLYPORT_CONFIG ?? CONFIG_FILE,
    data: undefined,
    server: undefined,
    key: undefined,
  })
}

// Whoever tries Sallyport on their own machine wants to read its mails; elsewhere everybody could.
function withOutboxPage(config: Config): Config {
  const { host, notices } = config
  const isOwn = LOOPBACK.test(host) && notices.mail.transport === 'outbox'
  return isOwn ? { ...config, notices: { ...notices, outboxPage: true } } : config
}

async function startSample({ gateway }: Config) {
  const target = new URL(gateway.upstreams.orders?.targets[0] ?? 'http://127.0.0.1:9090')
  const app = createOrdersApi()
  await app.listen({ host: target.hostname, port: Number(target.port) })
  return app
}

async function welcome({ system, control, gateway }: Serving): Promise<string> {
  const { id, key } = await freshKey(system.keys)
  const curl = `curl -i ${gateway}/orders`
  return [
    ...system.warnings.map((warning) => `${warning}\n`),
    `Control plane  ${control}`,
    `Gateway        ${gateway}   (in front of the sample orders API)`,
    ...(system.notices.openOutbox === null ? [] : [`Mails          ${control}/outbox   (kept here, not sent)`]),
    '',
    'A key to try, shown this once and good for a day:',
    `  ${key}`,
    '',
    'Try:',
    '  1. Without a key you are refused (401):',
    `     ${curl}`,
    '  2. With the key you see the orders of the customer whom it is for (200):',
    `     ${curl} -H "X-API-Key: ${key}"`,
    '  3. Revoke it in another terminal, and the same request is refused within a second (401):',
    `     npx sallyport keys revoke ${id}`,
    `     ${curl} -H "X-API-Key: ${key}"`,
    '',
    'Then:',
    '     npx sallyport audit search --limit 5',
    '     npx sallyport audit verify',
    '     npx sallyport explain GET /orders --config examples/orders-api/sallyport.yaml',
    '',
    'Ctrl-C stops it.',
  ].join('\n')
}

// One quickstart key at a time: those of earlier starts end here.
async function freshKey(keys: Serving['system']['keys']): Promise<{ id: string; key: string }> {
  const caller = { principal: operator, address: null, userAgent: 'npm start', requestId: null }
  await keys.revokeMany({ tag: TAG }, 'replaced by a later start', caller)
  const made = await keys.create(quickstartKey(), caller, null)
  if (!made.ok || made.value.secret === null) throw new Error('the quickstart key could not be made')
  return { id: made.value.key.id, key: made.value.secret.reveal() }
}

function quickstartKey() {
  return newKeyOf({
    name: 'quickstart',
    description: 'Made by npm start.',
    scopes: ['orders:read'],
    // The sample knows her as a customer; its orders are for whom they belong to.
    permissions: ['customers:act:cus_Ana4Lw'],
    expiresAt: new Date(systemClock.now() + 86_400_000).toISOString(),
    tags: [TAG],
  })
}
