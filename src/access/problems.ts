import { problemsOf } from '../core/index.ts'

export const accessProblems = {
  AUTHENTICATION_INSUFFICIENT: {
    status: 401,
    title: 'A stronger or fresher proof is needed',
    detail: 'This request needs a person who proved who they are in a stronger way, or more lately. Sign in again.',
  },
  SCOPE_MISSING: {
    status: 403,
    title: 'A scope is missing',
    detail: 'This credential does not carry a scope that the request needs. Use one that does, or have it added.',
  },
  PERMISSION_MISSING: {
    status: 403,
    title: 'A permission is missing',
    detail: 'This credential does not carry a permission that the request needs. Ask an administrator to grant it.',
  },
} as const

export const refuseAccess = problemsOf(accessProblems)
