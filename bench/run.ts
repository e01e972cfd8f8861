// `npm run bench [-- NAME …]`: every benchmark, or those named. Figures as JSON in bench/results and as a table here.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { benchBetterAuth } from './cases/better-auth.ts'
import { benchBodies } from './cases/bodies.ts'
import { benchDecisions } from './cases/decisions.ts'
import { benchEvents } from './cases/events.ts'
import { benchGateway } from './cases/gateway.ts'
import { benchIdle } from './cases/idle.ts'
import { benchInventory } from './cases/inventory.ts'
import { benchKeys } from './cases/keys.ts'
import { benchLimits } from './cases/limits.ts'
import { benchMemory } from './cases/memory.ts'
import { benchMillion } from './cases/million.ts'
import { benchOauth } from './cases/oauth.ts'
import { benchPasswords } from './cases/passwords.ts'
import { benchPolicies } from './cases/policies.ts'
import { benchProperties } from './cases/properties.ts'
import { benchRefresh } from './cases/refresh.ts'
import { benchRelations } from './cases/relations.ts'
import { benchRoutes } from './cases/routes.ts'
import { benchSessions } from './cases/sessions.ts'
import { benchSignIns } from './cases/sign-ins.ts'
import { benchStart } from './cases/start.ts'
import { benchTokens } from './cases/tokens.ts'
import { benchVerify } from './cases/verify.ts'
import { type Figure, figuresTable } from './result.ts'

const CASES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  start: benchStart,
  inventory: benchInventory,
  keys: benchKeys,
  events: benchEvents,
  decisions: benchDecisions,
  verify: benchVerify,
  'better-auth': benchBetterAuth,
  limits: benchLimits,
  million: benchMillion,
  passwords: benchPasswords,
  policies: benchPolicies,
  properties: benchProperties,
  relations: benchRelations,
  routes: benchRoutes,
  sessions: benchSessions,
  'sign-ins': benchSignIns,
  tokens: benchTokens,
  oauth: benchOauth,
  refresh: benchRefresh,
  gateway: benchGateway,
  idle: benchIdle,
  bodies: benchBodies,
  memory: benchMemory,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in CASES))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(CASES).join(', ')}.\n`)
  process.exit(2)
}
requireWrk()
const figures: Figure[] = []
for (const name of wanted.length === 0 ? Object.keys(CASES) : wanted) {
  process.stderr.write(`${name} …\n`)
  figures.push(...(await (CASES[name] as () => Promise<Figure[]>)()))
}
const about = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown' }
mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
writeFileSync(new URL('./results/latest.json', import.meta.url), JSON.stringify({ ...about, figures }, null, 2))
process.stdout.write(`${figuresTable(figures)}\n`)
process.exit(figures.some((it) => it.met === false) ? 1 : 0)

function requireWrk(): void {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
  } catch (error) {
    // wrk -v prints its version and exits with 1.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
    process.stderr.write('The gateway benchmark needs wrk: apt-get install wrk\n')
    process.exit(2)
  }
}
