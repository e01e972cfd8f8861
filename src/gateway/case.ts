import type { Case as PipelineCase } from '../pipeline/index.ts'
import type { LoadedRoute } from './load-routes.ts'
import type { RouteTable } from './route-table.ts'

/** One request while the gateway judges it. */
export type Case = PipelineCase<LoadedRoute, RouteTable>
