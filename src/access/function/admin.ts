import type { Exchange, Finding, Level, Step } from '../../core/index.ts'
import { requireStep } from '../steps.ts'
import { type NoteUse, UNNOTED } from '../use/uses.ts'
import { levelStep } from './level.ts'
import { networkStep } from './network.ts'

/** Where functions of administrators are, and what is asked of who uses them. */
export type AdminSettings = {
  readonly prefix: string
  readonly networks: readonly string[]
  readonly acr: Level | null
}

/**
 * The step that guards every path under the prefix, whichever route it is on: only from these networks, only for
 * administrators, only as surely proved as that. Letter case does not matter, since to many upstreams it does not.
 *
 * Errors: `NETWORK_FORBIDDEN`, `LEVEL_MISSING`, `AUTHENTICATION_INSUFFICIENT`.
 *
 * @param note takes down what was asked for and held
 * @returns null when no prefix is set aside
 */
export function adminStep(settings: AdminSettings | null, note: NoteUse = UNNOTED): Step | null {
  if (settings === null) return null
  const { prefix, networks, acr } = settings
  const start = prefix.toLowerCase()
  const asked = [networkStep(networks), levelStep('admin', note), requireStep({ scopes: [], permissions: [], acr })]
  const steps = asked.filter((step) => step !== null)
  return {
    name: `under ${prefix}`,
    stage: 'access',
    apply: (exchange, dry) => (isUnder(exchange.request.path, start) ? first(steps, exchange, dry) : undefined),
  }
}

function isUnder(path: string, start: string): boolean {
  const lower = path.toLowerCase()
  return lower === start || lower.startsWith(`${start}/`)
}

async function first(steps: readonly Step[], exchange: Exchange, dry: boolean): Promise<Finding> {
  for (const step of steps) {
    const finding = await step.apply(exchange, dry)
    if (finding !== undefined) return finding
  }
  return undefined
}
