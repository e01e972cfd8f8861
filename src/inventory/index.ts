export { idOf } from './import/ids.ts'
export { baseOf } from './import/operations.ts'
export { type Plan, type PlannedRoute, type PlanSettings, planRoutes, type Unmapped } from './import/plan.ts'
export { KINDS, type Kind } from './import/security.ts'
