import {
  ANY_ROLE_PATTERN,
  isPermission,
  levelStep,
  type NoteUse,
  type ObjectAsks,
  requireStep,
} from './access/index.ts'
import { type ConfigInput, formatProblem, loadConfig } from './config/index.ts'
import type { Step } from './core/index.ts'
import { type CredentialOptions, readTaken, type Taken, takesTokens } from './credentials.ts'
import { createLimitsStep, type Limits } from './limits/index.ts'
import type { CallerLevel, Engine, Ground, ObjectAsk, PolicyRule, RateLimit, RelationRule } from './middleware/index.ts'
import { withScopeChallenge } from './oauth/index.ts'
import { policyRuleOf, relationRuleOf } from './object-asks.ts'
import { openRemote, type RemoteOptions } from './remote.ts'
import { refuseDistant } from './remote-tokens.ts'
import { applicationRules, createSallyport, groundOf, type Sallyport } from './server/index.ts'

/** Where an application's guards get their answers from. */
export type GateOptions = EmbeddedOptions | RemoteOptions

/** Keys in the store of this process: no server is needed. */
export type EmbeddedOptions = CredentialOptions & {
  /** `true` opens the store; what `createSallyport` answered is used along and left open. */
  readonly embedded: true | Sallyport
  /** The configuration, as it would stand in `sallyport.yaml`. */
  readonly config?: ConfigInput
  /** A configuration file instead, relative to the working directory. */
  readonly file?: string
}

/** What is there once it is open. */
type Opened = {
  readonly ground: Ground
  readonly limits: Limits
  readonly asks: ObjectAsks
  readonly stop: () => Promise<void>
}

/** Makes the engine behind every framework's guards. @throws TypeError for options that say neither or too much */
export function openEngine(options: GateOptions): Engine {
  const given = new Set(Object.keys(options ?? {}))
  if ('embedded' in options && !('url' in options)) {
    refuseOthers(given, ['embedded', 'config', 'file', 'authenticate', 'tokens'])
    if (options.embedded !== true && (given.has('config') || given.has('file')))
      throw new TypeError('what is open already has its configuration')
    const taken = readTaken(options)
    return engineOf(openEmbedded(options, taken), taken)
  }
  if (!('url' in options) || 'embedded' in options) throw new TypeError('say either embedded: true, or url and key')
  refuseOthers(given, ['url', 'key', 'authenticate', 'tokens', 'trustedProxies', 'properties', 'cache', 'onError'])
  const taken = readTaken(options)
  refuseDistant(taken)
  if (options.properties === undefined) return engineOf(openRemote(options, {}, taken), taken)
  const reading = propertiesOf(options.properties)
  return engineOf(
    reading.then((properties) => openRemote(options, properties, taken)),
    taken,
  )
}

// Read as a configuration is, with the same mistakes told.
async function propertiesOf(properties: NonNullable<RemoteOptions['properties']>) {
  const loaded = await loadConfig({ cwd: process.cwd(), env: {}, overrides: { access: { properties } } })
  if (!loaded.ok) throw new TypeError(loaded.problems.map(formatProblem).join('\n'))
  return loaded.value.access.properties
}

function refuseOthers(given: ReadonlySet<string>, known: readonly string[]): void {
  const wrong = [...given].find((name) => !known.includes(name))
  if (wrong !== undefined) throw new TypeError(`there is no option "${wrong}"; there are ${known.join(', ')}`)
}

async function openEmbedded({ embedded, config, file }: EmbeddedOptions, taken: Taken): Promise<Opened> {
  if (embedded !== true) return { ...groundOf(embedded, taken), stop: async () => undefined }
  const named = { ...(config === undefined ? {} : { config }), ...(file === undefined ? {} : { file }) }
  const sallyport = await createSallyport(named)
  try {
    return { ...groundOf(sallyport, taken), stop: sallyport.stop }
  } catch (error) {
    await sallyport.stop()
    throw error
  }
}

function engineOf(from: Opened | Promise<Opened>, taken: Taken): Engine {
  let opened = from instanceof Promise ? null : from
  const opening = Promise.resolve(from)
  let closing: Promise<void> | null = null
  // Not caught on purpose: a gate that cannot open ends the process with the reason, unless somebody awaits `ready`.
  const ready = opening.then((it) => {
    opened = it
  })

  function now(): Opened | Promise<Opened> {
    if (closing !== null) throw new Error('the gate is closed')
    return opened ?? opening
  }

  function ground(): Ground | Promise<Ground> {
    const it = now()
    return it instanceof Promise ? it.then((late) => late.ground) : it.ground
  }

  function relationAsk(rule: RelationRule): ObjectAsk {
    const read = relationRuleOf(rule)
    return whenOpen((asks) => asks.relation(read))
  }

  function policyAsk(rule: PolicyRule): ObjectAsk {
    const read = policyRuleOf(rule)
    return whenOpen((asks) => asks.policy(read))
  }

  function whenOpen(make: (asks: ObjectAsks) => ObjectAsk): ObjectAsk {
    let made: ObjectAsk | null = null
    return async (exchange, id) => {
      made ??= make((await now()).asks)
      return made(exchange, id)
    }
  }

  // A guard that asks what somebody holds stands behind one that found who they are, and that opened.
  const note: NoteUse = (user, used) => opened?.ground.noteUse?.(user, used)

  function limitStep(limit: RateLimit, name: string): Step {
    const check: Limits['check'] = (asks, how) => {
      const it = now()
      return it instanceof Promise ? it.then(({ limits }) => limits.check(asks, how)) : it.limits.check(asks, how)
    }
    return limitStepOf(check, limit, name)
  }

  return Object.freeze({
    ground,
    requireStep: (needs) => {
      const step = requireStepOf(needs, note)
      // Who comes with a token is told how to get a better one, as at the gateway.
      return takesTokens(taken) ? withScopeChallenge(step, { scopes: needs.scopes, resourceMetadata: null }) : step
    },
    levelStep: (level) => levelStepOf(level, note),
    limitStep,
    relationAsk,
    policyAsk,
    rules: applicationRules,
    ready: () => ready,
    close: () => {
      closing ??= opening.then(
        (it) => it.stop(),
        () => undefined,
      )
      return closing
    },
  })
}

function levelStepOf(level: CallerLevel, note: NoteUse): Step {
  const step = ['known', 'person', 'machine', 'admin'].includes(level) ? levelStep(level, note) : null
  if (step === null) throw new TypeError('level must be known, person, machine or admin')
  return step
}

const ROLE = new RegExp(ANY_ROLE_PATTERN)
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

function requireStepOf(needs: Parameters<Engine['requireStep']>[0], note: NoteUse): Step {
  const scope = needs.scopes.find((it) => !SCOPE.test(it))
  if (scope !== undefined) throw new TypeError(`"${scope}" is not a scope`)
  const permission = needs.permissions.find((it) => !isPermission(it))
  if (permission !== undefined) throw new TypeError(`"${permission}" is not a permission such as orders:read`)
  const role = needs.roles?.find((it) => !ROLE.test(it))
  if (role !== undefined) throw new TypeError(`"${role}" is not the name of a role`)
  const step = requireStep(needs, note)
  if (step === null) throw new TypeError('name at least one scope, permission or role')
  return step
}

const WINDOWS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

function limitStepOf(check: Limits['check'], { by, max, per, burst }: RateLimit, name: string): Step {
  if (!['key', 'address', 'route'].includes(by)) throw new TypeError('by must be key, address or route')
  const milliseconds = typeof per === 'number' ? per : WINDOWS[per]
  if (milliseconds === undefined) throw new TypeError('per must be second, minute, hour, day, or milliseconds')
  // The limits of an application count beside those of the gateway's routes, never with them.
  const step = createLimitsStep(check, `application ${name}`, [{ by, max, per: milliseconds, burst: burst ?? null }])
  if (step === null) throw new Error('a limit made no step')
  return step
}
