import type { RouteRules } from '../../gateway/index.ts'
import type { Inventory } from '../../inventory/index.ts'

/** Larger bodies teach nothing: what reads them may not have parsed them. */
const MOST_BYTES = 262_144
const JSON_TYPE = /[/+]json\s*(;|$)/i

/** The rules of a route, and behind them one that learns which names bodies have. Where no body is read none is read for it. */
export function learningFields(route: string, rules: RouteRules, { fields }: Pick<Inventory, 'fields'>): RouteRules {
  if (rules.body.length === 0) return rules
  const learn: RouteRules['body'][number] = {
    name: 'inventory',
    judge: ({ request }, body) => {
      if (body.bytes.length <= MOST_BYTES && body.type !== undefined && JSON_TYPE.test(body.type)) {
        const value = parsed(body.json)
        if (value !== undefined) fields(route, request, value)
      }
      return { is: 'body', bytes: body.bytes }
    },
  }
  return { ...rules, body: [...rules.body, Object.freeze(learn)] }
}

// What is no JSON is for other rules to refuse.
function parsed(json: () => unknown): unknown {
  try {
    return json()
  } catch {
    return undefined
  }
}
