export { type Access, type AccessSettings, createAccess, type KeyLimits, type Role } from './access.ts'
export {
  type Asked,
  type AuthzenDeps,
  authzenRoutes,
  createQuestionMaker,
  createRelatedAfter,
  createSearch,
  type KnownSubject,
} from './authzen/index.ts'
export { type Check, type CheckDeps, createCheck } from './decision/check.ts'
export type { Decision } from './decision/decision.ts'
export { decisionEvents } from './decision/events.ts'
export { createHoldings, type Holdings } from './decision/holdings.ts'
export { ORDER, type Part } from './decision/order.ts'
export type { Answer, Asker, Json, Question, Resource } from './decision/question.ts'
export { createQuestions, type Questions } from './decision/questions.ts'
export { createDecisionRecord } from './decision/record.ts'
export { createEntities, type Entities } from './entity/entities.ts'
export { accessEvents } from './events.ts'
export { eachFault, excessFaults, grantFaults } from './faults.ts'
export { type AdminSettings, adminStep } from './function/admin.ts'
export { type Caller, levelStep } from './function/level.ts'
export { createGiven, type Given } from './grant/given.ts'
export type { Grantee, HeldGrants } from './grant/grant.ts'
export { createGrantedRoleHolders } from './grant/holders.ts'
export { followGrants, type GrantMemory } from './grant/memory.ts'
export { type Grants, type Holding, holdingOf, narrow } from './grants.ts'
export { accessMigrations } from './migrations/index.ts'
export { answerRules } from './object/answers.ts'
export {
  createObjectAsks,
  createObjectRules,
  type ObjectAsk,
  type ObjectAsks,
  type ObjectRules,
} from './object/application.ts'
export { bodyRule } from './object/bodies.ts'
export { guardRoutes } from './object/guard-routes.ts'
export { notTheirs, type OwnerRule, ownerStep } from './object/owner.ts'
export { notPermitted, type PolicyStepDeps, policyStep } from './object/permitted.ts'
export { type Asking, type HasRelation, relationStep } from './object/related.ts'
export { covers, isPermission, missingPermissions, missingScopes, PERMISSION_PATTERN } from './permission.ts'
export { openPolicySet, type PolicySet } from './policy/cedar/engine.ts'
export type { Entity, PolicyRequest } from './policy/cedar/request.ts'
export { policyEvents } from './policy/events.ts'
export { createPolicies, type Policies } from './policy/policies.ts'
export { policyProblems } from './policy/problems.ts'
export { policyRoutes } from './policy/routes.ts'
export { accessProblems, refuseAccess } from './problems.ts'
export { createProperties, type Properties as PropertyLists, type PropertySettings } from './property/properties.ts'
export {
  createRelations,
  type Expression,
  type ModelDocument,
  type Relations,
  relationEvents,
  relationMigrations,
  relationProblems,
  relationRoutes,
} from './relation/index.ts'
export { createReviews, type ReviewedOnes, type Reviews } from './review/reviews.ts'
export type { Reviewed } from './review/ways.ts'
export type { RoleHolder, RoleHolders } from './role/deps.ts'
export { followRoles, type RoleMemory } from './role/memory.ts'
export { ANY_ROLE_PATTERN } from './role/role.ts'
export { createRoles, type Roles } from './role/roles.ts'
export { ROLE_NAMES, type RoleName } from './roles.ts'
export { accessRoutes } from './routes.ts'
export { accessRows } from './rows.ts'
export { combinationFaults } from './scopes.ts'
export { requireStep } from './steps.ts'
export { createUses, type NoteUse, type Uses } from './use/uses.ts'
