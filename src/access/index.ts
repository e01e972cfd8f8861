export { covers, isPermission, missingPermissions, missingScopes, PERMISSION_PATTERN } from './permission.ts'
export { accessProblems, refuseAccess } from './problems.ts'
export { requireStep } from './steps.ts'
