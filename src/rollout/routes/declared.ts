import { Type } from '../../core/index.ts'
import { declareCaller, problemResponses } from '../../http/index.ts'
import { DryRun } from './schemas.ts'

/** What the routes that read declare, and those that change. */
export const reading = declareCaller('configuration:read')
export const managing = declareCaller('configuration:manage')

/** A change can be tried. */
export const querystring = Type.Object(DryRun, { additionalProperties: false })

/** How a change can be refused. */
export const refusals = problemResponses(400, 401, 403, 404, 409, 412, 422)
