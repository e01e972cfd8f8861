import type { FastifyReply } from 'fastify'
import { type Caller, Type } from '../../core/index.ts'
import {
  type ControlApp,
  Nullable,
  noContent,
  problemResponses,
  sendProblem,
  Time,
  withExample,
} from '../../http/index.ts'
import { takeProof } from '../session/prove-again.ts'
import type { ProofMethod } from '../session/session.ts'
import { aboutCaller, aboutFresh } from './about.ts'
import type { IdentityRouteDeps } from './deps.ts'
import {
  AppBody,
  AppNameInput,
  appBody,
  BackupCodesBody,
  backupCodesBody,
  CodeInput,
  OfferBody,
  offerBody,
  PhoneInput,
} from './factor-body.ts'
import { declarePerson } from './person-only.ts'
import { keepOpened } from './visitor.ts'

const tags = ['account']
const refusals = problemResponses(400, 401, 403, 404, 409, 429)
const params = Type.Object({
  id: Type.String({ pattern: '^fac_[0-9a-z]{24}$', examples: ['fac_1hq3v0c9kd5m7w2x8p4t6r1a'] }),
})

const FactorsBody = withExample(
  Type.Object({
    apps: Type.Array(AppBody),
    phone: Nullable(Type.String({ description: 'The confirmed number that codes go to.' })),
    backupCodes: Type.Integer({ description: 'How many are left.' }),
    stepUp: Type.Array(Type.String(), { description: 'The ways to prove again who you are.' }),
  }),
  { apps: [], phone: '+4930123456', backupCodes: 10, stepUp: ['sms', 'backup_code', 'password'] },
)

const EnrolledBody = withExample(Type.Object({ factor: AppBody, backupCodes: Nullable(BackupCodesBody) }), {
  factor: {
    id: 'fac_1hq3v0c9kd5m7w2x8p4t6r1a',
    kind: 'totp',
    name: 'Pocket telephone',
    createdAt: '2026-01-15T09:29:00.000Z',
    usedAt: '2026-01-15T09:30:00.000Z',
  },
  backupCodes: ['7f3kq-0x9ap', 'w2x8p-4t6r1'],
})

/** A person's own second factors (rows I5, I7). Whatever changes them asks for a fresh proof (row I10). */
export function factorRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { factors, stepUp, deps } = identity

  // What was just proved counts for the session too, which gets another token.
  async function keepProof(reply: FastifyReply, caller: Caller, method: ProofMethod): Promise<void> {
    const opened = await takeProof(deps, caller, method)
    if (opened.ok) keepOpened(reply, opened.value, deps.clock.now())
  }

  app.get(
    '/v1/account/factors',
    {
      ...declarePerson(),
      schema: { tags, summary: 'See your second factors', response: { 200: FactorsBody, ...refusals } },
    },
    async ({ caller }, reply) => {
      const about = await aboutCaller(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const { person } = about.value
      const { apps, backupCodes } = await factors.list(person.id)
      const phone = person.phoneVerifiedAt === null ? null : person.phone
      return reply.send({ apps: apps.map(appBody), phone, backupCodes, stepUp: await stepUp.methods(person) })
    },
  )

  app.post(
    '/v1/account/factors/totp',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Begin to add an authenticator app',
        description: 'It counts once its first code came, within ten minutes. What was begun before ends.',
        body: Type.Object(
          { name: Type.Optional(AppNameInput) },
          { additionalProperties: false, examples: [{ name: 'Pocket telephone' }] },
        ),
        response: { 201: OfferBody, ...refusals },
      },
    },
    async ({ caller, body }, reply) => {
      const about = await aboutFresh(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const offered = await factors.totp.begin(about.value, body.name ?? DEFAULT_NAME)
      return offered.ok ? reply.code(201).send(offerBody(offered.value)) : sendProblem(reply, offered.problem)
    },
  )

  app.post(
    '/v1/account/factors/totp/confirm',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Add the app by its first code',
        description: 'With your first second factor come ten backup codes. Your session gets another cookie.',
        body: Type.Object({ code: CodeInput }, { additionalProperties: false, examples: [{ code: '492039' }] }),
        response: { 200: EnrolledBody, ...refusals },
      },
    },
    async ({ caller, body }, reply) => {
      const about = await aboutFresh(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const enrolled = await factors.totp.confirm(about.value, body.code, { onlyFirst: false })
      if (!enrolled.ok) return sendProblem(reply, enrolled.problem)
      await keepProof(reply, caller, 'totp')
      const { app: added, backupCodes } = enrolled.value
      return reply.send({ factor: appBody(added), backupCodes: backupCodesBody(backupCodes) })
    },
  )

  app.patch(
    '/v1/account/factors/:id',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Give an app another name',
        params,
        body: Type.Object(
          { name: AppNameInput },
          { additionalProperties: false, examples: [{ name: 'Old telephone' }] },
        ),
        response: { 200: AppBody, ...refusals },
      },
    },
    async ({ caller, params: { id }, body }, reply) => {
      const about = await aboutFresh(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const renamed = await factors.rename(about.value, id, body.name)
      return renamed.ok ? reply.send(appBody(renamed.value)) : sendProblem(reply, renamed.problem)
    },
  )

  app.delete(
    '/v1/account/factors/:id',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Remove an app',
        description:
          'The last second factor stays while an organization of yours demands one. With the last one the backup codes end.',
        params,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ caller, params: { id } }, reply) => {
      const about = await aboutFresh(identity, caller)
      return noContent(reply, about.ok ? await factors.remove(about.value, id) : about)
    },
  )

  app.post(
    '/v1/account/backup-codes',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Make new backup codes',
        description: 'Those you had end.',
        response: {
          201: withExample(Type.Object({ backupCodes: BackupCodesBody }), {
            backupCodes: ['7f3kq-0x9ap', 'w2x8p-4t6r1'],
          }),
          ...refusals,
        },
      },
    },
    async ({ caller }, reply) => {
      const about = await aboutFresh(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const made = await factors.renewBackupCodes(about.value)
      if (!made.ok) return sendProblem(reply, made.problem)
      return reply.code(201).send({ backupCodes: made.value.map((code) => code.reveal()) })
    },
  )

  app.post(
    '/v1/account/phone',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Have a code sent to your telephone number',
        description: 'Once it is confirmed, codes to it are a second factor.',
        body: Type.Object({ phone: PhoneInput }, { additionalProperties: false, examples: [{ phone: '+4930123456' }] }),
        response: {
          202: withExample(Type.Object({ expiresAt: Time }), { expiresAt: '2026-02-01T08:05:00.000Z' }),
          ...refusals,
        },
      },
    },
    async ({ caller, body }, reply) => {
      const about = await aboutFresh(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const begun = await factors.phone.begin(about.value, body.phone)
      if (!begun.ok) return sendProblem(reply, begun.problem)
      return reply.code(202).send({ expiresAt: new Date(begun.value.expiresAt).toISOString() })
    },
  )

  app.post(
    '/v1/account/phone/confirm',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Confirm your telephone number by the code',
        body: Type.Object(
          { phone: PhoneInput, code: CodeInput },
          { additionalProperties: false, examples: [{ phone: '+4930123456', code: '492039' }] },
        ),
        response: {
          200: withExample(Type.Object({ phone: Type.String(), backupCodes: Nullable(BackupCodesBody) }), {
            phone: '+4930123456',
            backupCodes: null,
          }),
          ...refusals,
        },
      },
    },
    async ({ caller, body: { phone, code } }, reply) => {
      const about = await aboutFresh(identity, caller)
      if (!about.ok) return sendProblem(reply, about.problem)
      const confirmed = await factors.phone.confirm(about.value, phone, code)
      if (!confirmed.ok) return sendProblem(reply, confirmed.problem)
      await keepProof(reply, caller, 'sms')
      return reply.send({ phone, backupCodes: backupCodesBody(confirmed.value) })
    },
  )

  app.delete(
    '/v1/account/phone',
    {
      ...declarePerson(),
      schema: { tags, summary: 'Remove your telephone number', response: { 204: Type.Null(), ...refusals } },
    },
    async ({ caller }, reply) => {
      const about = await aboutFresh(identity, caller)
      return noContent(reply, about.ok ? await factors.phone.remove(about.value) : about)
    },
  )
}

/** What an app is called whose owner gave it no name. */
export const DEFAULT_NAME = 'Authenticator app'
