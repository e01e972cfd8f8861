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
  POLICY_INVALID: {
    status: 422,
    title: 'The policies are wrong',
    detail: 'These policies cannot be taken as they are; `errors` names each fault, where it is and what may be meant.',
  },
  PERMISSION_MISSING: {
    status: 403,
    title: 'A permission is missing',
    detail: 'This credential does not carry a permission that the request needs. Ask an administrator to grant it.',
  },
  ROLE_MISSING: {
    status: 403,
    title: 'A role is missing',
    detail:
      'This needs a role that you do not have here, or of which this credential does not carry all that it gives. Ask an administrator.',
  },
  ROLE_UNKNOWN: {
    status: 404,
    title: 'No such role',
    detail: 'There is no role of this name in your organization. GET /v1/roles lists them.',
  },
  ROLE_BUILT_IN: {
    status: 409,
    title: 'The role is built in',
    detail: 'Built-in roles are the same everywhere and cannot be changed. Make one of your own that inherits it.',
  },
  ROLE_NAME_TAKEN: {
    status: 409,
    title: 'The name is taken',
    detail: 'There is a role of this name, one that is built in looks like it, or somebody still has one of this name.',
  },
  ROLE_CIRCLE: {
    status: 409,
    title: 'A role would inherit itself',
    detail: 'Roles cannot inherit each other in a circle. Take one of the inherited roles out.',
  },
  ROLE_IN_USE: {
    status: 409,
    title: 'The role is in use',
    detail: 'Somebody or something still has this role. Take it from them, or delete it with ?takeFromEveryone=true.',
  },
  ROLE_LIMIT_REACHED: {
    status: 409,
    title: 'Too many roles',
    detail: 'An organization has 200 roles of its own at the most. Delete one that is not used.',
  },
  GRANT_UNKNOWN: {
    status: 404,
    title: 'No such grant',
    detail: 'There is no grant of this id that works in your organization. GET /v1/grants lists them.',
  },
  GRANT_TO_YOURSELF: {
    status: 403,
    title: 'Nobody grants themselves anything',
    detail: 'Ask somebody else who holds it and may manage access.',
  },
  GRANT_BEYOND_YOU: {
    status: 403,
    title: 'You do not hold it',
    detail: 'Nobody gives or takes by a grant what they do not hold themselves.',
  },
  GRANT_LIMIT_REACHED: {
    status: 409,
    title: 'Too many grants',
    detail: 'One principal has 100 working grants at the most. Put what belongs together into a role.',
  },
  ROLE_BEYOND_YOU: {
    status: 403,
    title: 'The role gives more than you hold',
    detail: 'Nobody makes, changes or deletes a role that gives what they do not hold themselves.',
  },
  PROPERTY_NOT_WRITABLE: {
    status: 403,
    title: 'A property may not be written',
    detail: 'The body has properties that this caller may not write. Leave out those that `errors` names.',
  },
  BODY_MALFORMED: {
    status: 400,
    title: 'Body is no JSON',
    detail: 'The body must be one JSON value in UTF-8, nested at most 64 deep.',
  },
  BODY_AMBIGUOUS: {
    status: 400,
    title: 'A name comes twice',
    detail: 'An object in the body has the same name twice. Send each name once.',
  },
  BODY_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'Body is not in JSON',
    detail: 'This route takes JSON, uncompressed: send it with `Content-Type: application/json`.',
  },
  OBJECT_NOT_FOUND: {
    status: 404,
    title: 'No such object',
    detail: 'There is no such object, or it is not yours.',
  },
  OBJECT_FORBIDDEN: {
    status: 403,
    title: 'The object is somebody else’s',
    detail: 'Only whose it is may do this. Ask its owner.',
  },
  DECISION_DENIED: {
    status: 403,
    title: 'Not allowed',
    detail: 'Nothing that you hold allows this, or a policy forbids it. Ask an administrator.',
  },
  LEVEL_MISSING: {
    status: 403,
    title: 'Not for this caller',
    detail: 'This function is for other callers, such as administrators. Ask one of them.',
  },
  NETWORK_FORBIDDEN: {
    status: 403,
    title: 'Not from this network',
    detail: 'This function can be reached from certain networks only.',
  },
  ANSWER_WITHHELD: {
    status: 502,
    title: 'Answer withheld',
    detail:
      'The service answered with something of which nobody can say what this caller may see. Tell whoever runs it.',
  },
} as const

export const refuseAccess = problemsOf(accessProblems)
