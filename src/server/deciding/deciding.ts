import {
  type Access,
  createGiven,
  createRelations,
  createReviews,
  createRoles,
  type followGrants,
  type followRoles,
  type Given,
  type NoteUse,
  type Relations,
  type Reviews,
  type Roles,
} from '../../access/index.ts'
import type { Audit } from '../../audit/index.ts'
import type { Config } from '../../config/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Identity } from '../../identity/index.ts'
import type { Keys } from '../../keys/index.ts'
import type { AuthorizationServer, Clients } from '../../oauth/index.ts'
import type { Store } from '../../store/index.ts'
import { type Decisions, openDecisions } from './decisions.ts'
import { inOrganization } from './in-organization.ts'
import { createKnownSubjects } from './known-subjects.ts'
import { createPrograms } from './programs.ts'
import { reviewedOnesOf } from './reviewed-ones.ts'
import { createGranteeProblem, roleHoldersOf } from './role-holders.ts'

/** What says who may do what, and what changes that. */
export type Deciding = {
  readonly roles: Roles
  readonly given: Given
  readonly reviews: Reviews
  readonly relations: Relations
  /** Whether somebody may, and by what. */
  readonly decisions: Decisions
}

export type DecidingDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly settings: Config['access']['record']
  readonly access: Access
  readonly identity: Identity
  readonly keys: Keys
  readonly clients: Clients
  readonly authorization: AuthorizationServer
  readonly memories: {
    readonly roles: Awaited<ReturnType<typeof followRoles>>
    readonly grants: Awaited<ReturnType<typeof followGrants>>
  }
  readonly noteUse: NoteUse
  readonly serves: boolean
  readonly onError: (error: unknown) => void
}

function checkInOrganization({ check, explain, judge }: Decisions['check']): Decisions['check'] {
  return { check: inOrganization(check), explain: inOrganization(explain), judge: inOrganization(judge) }
}

/** Puts together what stands on people, services and tokens: roles and grants of an organization, relations, decisions. */
export function openDeciding(deps: DecidingDeps): { readonly parts: Deciding; readonly stop: () => Promise<void> } {
  const { access, identity, keys } = deps
  const programs = createPrograms(deps)
  const relations = createRelations(deps)
  const subjects = createKnownSubjects({ access, identity, programs })
  const decisions = openDecisions({ ...deps, relations, subjects })
  const reviews = createReviews({
    ...deps,
    ones: reviewedOnesOf({ identity, programs }),
    rolesInPolicies: decisions.policies.roles,
  })
  const holders = roleHoldersOf(deps)
  const { freshProblem } = identity
  const roles = createRoles({ ...deps, memory: deps.memories.roles, holders, freshProblem })
  const given = createGiven({
    ...deps,
    memory: deps.memories.grants,
    weaken: holders.weaken,
    granteeProblem: createGranteeProblem({ identity, keys }),
    freshProblem,
  })
  return {
    parts: {
      roles,
      given,
      reviews,
      relations: { ...relations, check: inOrganization(relations.check) },
      decisions: {
        ...decisions,
        check: checkInOrganization(decisions.check),
        questionOf: inOrganization(decisions.questionOf),
      },
    },
    stop: async () => {
      await decisions.stop()
      await relations.stop()
    },
  }
}
