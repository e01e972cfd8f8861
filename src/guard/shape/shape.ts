import type { JsonBounds, Step } from '../../core/index.ts'
import type { BodyRule } from '../body-rule.ts'
import { contentTypeStep } from './content-type.ts'
import { type HeadBounds, headStep } from './head.ts'
import { encodingStep, type InflateBounds, inflateRule } from './inflate.ts'
import { JSON_BOUNDS, jsonRule } from './json-rule.ts'
import { type PageBounds, pageQuery, pageStep } from './page.ts'
import { uploadRule } from './uploads.ts'

/** What a route says of the shape of requests. Null is not looked at. */
export type ShapeSettings = HeadBounds & {
  /** The most bytes of a body that is no upload. */
  readonly maxBody: number
  readonly types: readonly string[] | null
  readonly json: JsonBounds | null
  readonly uploads: { readonly types: readonly string[]; readonly maxBytes: number } | null
  readonly inflate: InflateBounds | null
  readonly page: PageBounds | null
  /** Types that other rules of the route read; what is JSON of them is held to be JSON that all readers take alike. */
  readonly read: readonly string[]
}

export type Shape = {
  readonly steps: readonly Step[]
  /** The first rules of bodies: what comes behind them sees plain bytes, and JSON that can be parsed. */
  readonly rules: readonly BodyRule[]
  readonly query: ((query: string) => string) | null
  /** The most bytes of any body. */
  readonly maxBody: number
}

/**
 * What a route asks of the shape of requests, put together once. A route that says nothing of it has no steps and no rules.
 *
 * @example shapeOf({ ...settings, json: { depth: 10, items: 1000, keys: 50 } }).rules // [json]
 */
export function shapeOf(settings: ShapeSettings): Shape {
  const { json, uploads, inflate, page, maxBody, read } = settings
  const types = acceptedTypes(settings)
  const looksInside = types !== null || inflate !== null
  const bounds = json ?? (read.length > 0 ? JSON_BOUNDS : null)
  const steps = [
    headStep(settings),
    page === null ? null : pageStep(page),
    looksInside ? encodingStep(inflate !== null) : null,
    types === null ? null : contentTypeStep(types),
  ]
  const rules = [
    inflate === null ? null : inflateRule(inflate),
    uploads === null ? null : uploadRule({ ...uploads, otherwise: maxBody }),
    bounds === null ? null : jsonRule(bounds),
  ]
  return Object.freeze({
    steps: steps.filter((step) => step !== null),
    rules: rules.filter((rule) => rule !== null),
    query: page === null ? null : pageQuery(page),
    maxBody: uploads === null ? maxBody : Math.max(maxBody, uploads.maxBytes),
  })
}

// A route that looks into one kind of bodies takes no other, unless it lists more: another type would be the way around.
function acceptedTypes({ types, json, uploads, read }: ShapeSettings): readonly string[] | null {
  const ofUploads = uploads === null ? [] : ['multipart/form-data', ...uploads.types]
  const looked = [...(json === null ? [] : ['json']), ...ofUploads, ...read]
  if (types !== null) return [...types, ...ofUploads]
  return looked.length === 0 ? null : looked
}
