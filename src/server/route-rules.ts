import { answerRules, bodyRule, levelStep, ownerStep, type PropertyLists } from '../access/index.ts'
import type { Route } from '../config/index.ts'
import type { Step } from '../core/index.ts'
import type { RouteRules } from '../gateway/index.ts'

/** The steps of a route about who its callers are, and whose its object is where path or query tell. */
export function accessStepsOf({ id, match, require }: Route, properties: PropertyLists): (Step | null)[] {
  const { level, owner } = require
  if (owner === null) return [levelStep(level)]
  try {
    return [levelStep(level), ownerStep(owner, properties.ownerOf(owner.type)?.as ?? null, match.path)]
  } catch (error) {
    throw new Error(`route ${id}: ${(error as Error).message}`)
  }
}

/** What a route makes of bodies, on either way. */
export function rulesOf({ input, output, require }: Route, properties: PropertyLists): RouteRules {
  const { owner } = require
  const body = bodyRule({ properties: input.properties, outside: input.outside, owner }, properties)
  return { body, ...answerRules({ ...output, owner }, properties) }
}
