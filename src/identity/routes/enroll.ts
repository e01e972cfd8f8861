import { Type } from '../../core/index.ts'
import { type ControlApp, Nullable, problemResponses, sendProblem, withExample } from '../../http/index.ts'
import { StandingBody } from './auth.ts'
import { FlowInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { AppNameInput, BackupCodesBody, backupCodesBody, CodeInput, OfferBody, offerBody } from './factor-body.ts'
import { DEFAULT_NAME } from './factors.ts'
import { foreignPage, sendStanding, visitorOf } from './visitor.ts'

const tags = ['sign-in']
const open = { config: { permission: 'public' as const } }
const refusals = problemResponses(400, 401, 403, 409, 429)
const flow = 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'

/** Where a sign-in stands once its second factor was added. */
export const EnrolledStandingBody = withExample(
  Type.Object({ ...StandingBody.properties, backupCodes: Type.Optional(Nullable(BackupCodesBody)) }),
  { next: 'done', methods: [], backupCodes: ['7f3kq-0x9ap', 'w2x8p-4t6r1'] },
)

/** Adding a first second factor inside a sign-in, where an organization demands one (row I13). */
export function enrollRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { signIns, factors, deps } = identity

  app.post(
    '/v1/auth/enroll/totp',
    {
      ...open,
      schema: {
        tags,
        summary: 'Begin to add an authenticator app, where the next step is `enroll`',
        body: Type.Object(
          { flow: FlowInput, name: Type.Optional(AppNameInput) },
          { additionalProperties: false, examples: [{ flow, name: 'Pocket telephone' }] },
        ),
        response: { 201: OfferBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const visitor = await visitorOf(request, identity)
      const found = await signIns.standsAt(request.body.flow, 'enroll', visitor)
      if (!found.ok) return sendProblem(reply, found.problem)
      const about = { person: found.value.person, caller: visitor.caller }
      const offered = await factors.totp.begin(about, request.body.name ?? DEFAULT_NAME)
      return offered.ok ? reply.code(201).send(offerBody(offered.value)) : sendProblem(reply, offered.problem)
    },
  )

  app.post(
    '/v1/auth/enroll/totp/confirm',
    {
      ...open,
      schema: {
        tags,
        summary: 'Add the app by its first code, which proves it as well',
        description: 'Ten backup codes come with it. They are shown this once.',
        body: Type.Object(
          { flow: FlowInput, code: CodeInput },
          { additionalProperties: false, examples: [{ flow, code: '492039' }] },
        ),
        response: { 200: EnrolledStandingBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const visitor = await visitorOf(request, identity)
      const found = await signIns.standsAt(request.body.flow, 'enroll', visitor)
      if (!found.ok) return sendProblem(reply, found.problem)
      const { person, signIn } = found.value
      const about = { person, caller: visitor.caller }
      const enrolled = await factors.totp.confirm(about, request.body.code, { onlyFirst: true })
      if (!enrolled.ok) return sendProblem(reply, enrolled.problem)
      const proof = { person, method: 'totp', signIn, organization: signIn.organization } as const
      const standing = await signIns.proved(proof, visitor)
      const backupCodes = backupCodesBody(enrolled.value.backupCodes)
      return sendStanding(reply, standing, deps.clock.now(), { backupCodes })
    },
  )
}
