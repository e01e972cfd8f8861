import { LEVELS, type Level } from '../../core/index.ts'
import type { OauthClient } from '../client/client.ts'

/** What a request demands: a level, none, or one by a name that there is not here, which nobody can reach. */
export type WantedLevel = Level | 'unknown' | null

type Demands = { readonly acr_values?: unknown; readonly claims?: unknown }

/**
 * The lowest level that satisfies a request: the lowest of `acr_values` (OpenID Connect Core, section 3.1.2.1), of an
 * essential `acr` claim (section 5.5.1.1), and never under the client's own. Of `acr_values` unknown names are passed over,
 * since they are wishes; an essential claim is none.
 */
export function wantedLevel(demands: Demands, client: Pick<OauthClient, 'requireMfa'> | null): WantedLevel {
  const wished = lowest(typeof demands.acr_values === 'string' ? demands.acr_values.split(' ') : [])
  const essential = essentialAcrs(demands.claims)
  const demanded = essential === null ? null : (lowest(essential) ?? 'unknown')
  if (demanded === 'unknown') return 'unknown'
  return highest([wished, demanded, client?.requireMfa === true ? 'aal2' : null])
}

/** Whether what was proved satisfies what is demanded. */
export function reachesLevel(acr: string | undefined, wanted: WantedLevel): boolean {
  if (wanted === null) return true
  return wanted !== 'unknown' && acr !== undefined && isLevel(acr) && LEVELS.indexOf(acr) >= LEVELS.indexOf(wanted)
}

function lowest(names: readonly string[]): Level | null {
  return LEVELS.find((level) => names.includes(level)) ?? null
}

function highest(levels: readonly (Level | null)[]): Level | null {
  return LEVELS.findLast((level) => levels.includes(level)) ?? null
}

// The library has checked the form of the parameter.
function essentialAcrs(claims: unknown): string[] | null {
  if (typeof claims !== 'string') return null
  const acr = JSON.parse(claims)?.id_token?.acr
  if (acr?.essential !== true) return null
  const values: unknown[] = Array.isArray(acr.values) ? acr.values : 'value' in acr ? [acr.value] : []
  return values.length === 0 ? null : values.filter((value) => typeof value === 'string')
}

function isLevel(text: string): text is Level {
  return (LEVELS as readonly string[]).includes(text)
}
