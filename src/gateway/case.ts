import type { Case as PipelineCase } from '../pipeline/index.ts'
import type { LoadedRoute } from './route/load-routes.ts'
import type { RouteTable } from './route/route-table.ts'

/** One request while the gateway judges it. */
export type Case = PipelineCase<LoadedRoute, RouteTable>
