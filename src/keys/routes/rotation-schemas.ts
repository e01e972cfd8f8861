import type { Static } from 'typebox'
import { idPattern, Type } from '../../core/index.ts'
import { Nullable, Prose, withExample } from '../../http/index.ts'
import { STORED_APPROVAL_STATES } from '../rotation/approval.ts'
import { ROTATION_KINDS, ROTATION_STATES } from '../rotation/rotation.ts'
import { LONGEST_GRACE } from '../rotation/schedule.ts'
import { ROTATION_PHASES } from '../rotation/status.ts'
import {
  approvalExample,
  lateUseExample,
  rolledBackExample,
  rotatedKeyExample,
  rotationStatusExample,
} from './examples.ts'
import { CreatedKeyBody, KeyBody, oneOf } from './schemas.ts'

export const ApprovalId = Type.String({ pattern: idPattern('apr'), examples: ['apr_1hq3v0c9kd5m7w2x8p4t6r1a'] })
export const ApprovalStateWord = oneOf(STORED_APPROVAL_STATES)
const Seconds = Type.Integer({
  minimum: 0,
  maximum: LONGEST_GRACE / 1000,
  description: 'How long the old key still works; a day when left out, 0 revokes it at once.',
})

export const RotateBody = Type.Object(
  {
    graceSeconds: Type.Optional(Seconds),
    approval: Type.Optional(ApprovalId),
    immediate: Type.Optional(
      Type.Boolean({ description: 'Skip the approval. Needs keys:emergency and a reason, and raises an alert.' }),
    ),
    reason: Type.Optional(Prose(1, 500)),
  },
  { additionalProperties: false, examples: [{ graceSeconds: 86_400, reason: 'the yearly change' }] },
)
export type RotateBody = Static<typeof RotateBody>

const PersonBody = Type.Object({ kind: Type.String(), id: Type.String() })

export const ApprovalBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String(),
    action: oneOf(['key.rotate']),
    subject: Type.String({ description: 'The key that is to be rotated.' }),
    state: ApprovalStateWord,
    requestedAt: Type.String(),
    requestedBy: PersonBody,
    reason: Nullable(Type.String()),
    graceSeconds: Type.Integer(),
    dueAt: Nullable(Type.String({ description: 'The rotation by schedule that it is for.' })),
    lapsesAt: Type.String({ description: 'When it is too late to decide, or to use what was decided.' }),
    decidedAt: Nullable(Type.String()),
    decidedBy: Nullable(PersonBody),
    decisionReason: Nullable(Type.String()),
    usedAt: Nullable(Type.String()),
    result: Nullable(Type.String({ description: 'The key that came of it.' })),
  }),
  approvalExample,
)
export type ApprovalBody = Static<typeof ApprovalBody>

const PlaceBody = Nullable(Type.Object({ name: Type.String(), path: Type.String() }))

/** The answer to a rotation. `placed` says where the new key lies that is shown to nobody. */
export const RotatedKeyBody = withExample(
  Type.Object({ ...CreatedKeyBody.properties, placed: PlaceBody }),
  rotatedKeyExample,
)

/** The same for a rotation that is repeated. */
export const RepeatedRotationBody = withExample(RotatedKeyBody, { ...rotatedKeyExample, key: null })

export const RotationRecordBody = Type.Object({
  id: Type.String(),
  from: Type.String(),
  to: Type.String(),
  kind: oneOf(ROTATION_KINDS),
  state: oneOf(ROTATION_STATES),
  at: Type.String(),
  by: Type.String(),
  reason: Nullable(Type.String()),
  approval: Nullable(Type.String()),
  graceEndsAt: Nullable(Type.String()),
  store: PlaceBody,
  endedAt: Nullable(Type.String()),
  endedBy: Nullable(Type.String()),
  failure: Nullable(Type.String()),
})
export type RotationRecordBody = Static<typeof RotationRecordBody>

export const RotationStatusBody = withExample(
  Type.Object({
    keyId: Type.String(),
    status: oneOf(ROTATION_PHASES),
    schedule: KeyBody.properties.rotation,
    nextRotationAt: Nullable(Type.String()),
    daysLeft: Nullable(Type.Integer({ description: 'Whole days until the next rotation.' })),
    graceEndsAt: Nullable(Type.String({ description: 'Until when this key works after it was replaced.' })),
    rotatedFrom: Nullable(Type.String()),
    rotatedTo: Nullable(Type.String()),
    canRollBack: Type.Boolean(),
    failure: Nullable(Type.String()),
    attempts: Type.Integer(),
    approvals: Type.Array(ApprovalBody),
    history: Type.Array(RotationRecordBody),
  }),
  rotationStatusExample,
)
export type RotationStatusBody = Static<typeof RotationStatusBody>

export const RolledBackBody = withExample(
  Type.Object({
    ...KeyBody.properties,
    store: Nullable(
      oneOf(['put_back', 'not_kept'], 'Whether the old key lies in its secret store again; null without a store.'),
    ),
  }),
  rolledBackExample,
)

export const LateUseBody = withExample(
  Type.Object({
    rotation: RotationRecordBody,
    old: Type.Object({ id: Type.String(), name: Type.String(), status: Type.String(), endsAt: Type.String() }),
    uses: Type.Integer({ description: 'Uses of the old key since the rotation.' }),
    lastUsedAt: Nullable(Type.String()),
    lastUsedFrom: Nullable(Type.String()),
    from: Type.Array(
      Type.Object({
        address: Type.String(),
        country: Nullable(Type.String()),
        userAgent: Nullable(Type.String()),
        uses: Type.Integer(),
        lastAt: Type.String(),
      }),
      { description: 'By address, from the newest events of the old key.' },
    ),
    truncated: Type.Boolean({ description: 'There were more events than were looked at.' }),
  }),
  lateUseExample,
)
export type LateUseBody = Static<typeof LateUseBody>
