import { adminStep, answerRules, bodyRule, levelStep, ownerStep, type PropertyLists } from '../access/index.ts'
import type { Config, Route } from '../config/index.ts'
import type { Step } from '../core/index.ts'
import type { RouteRules } from '../gateway/index.ts'

/** The steps of a route about who its callers are, and whose its object is where path or query tell. */
export function accessStepsOf(route: Route, properties: PropertyLists, { admin }: Config['gateway']): Step[] {
  const { level } = route.require
  return [adminStep(admin), levelStep(level), ownerStepOf(route, properties)].filter((step) => step !== null)
}

function ownerStepOf({ id, match, require: { owner } }: Route, properties: PropertyLists): Step | null {
  if (owner === null) return null
  try {
    return ownerStep(owner, properties.ownerOf(owner.type)?.as ?? null, match.path)
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
