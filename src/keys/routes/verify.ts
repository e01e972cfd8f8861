import { actorOf, type EventInput } from '../../core/index.ts'
import { type ControlApp, declareDecider, problemResponses, refuseHttp, sendProblem } from '../../http/index.ts'
import type { Key } from '../key.ts'
import type { Verification } from '../verify/verify.ts'
import { verificationBody, verifyInputOf } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import { VerificationBody, VerifyBody } from './schemas.ts'

/** `POST /v1/keys/verify`: the one function of row K11 for callers who keep their own gateway. */
export function verifyRoutes(app: ControlApp, { keys, audit }: KeyRouteDeps): void {
  app.post(
    '/v1/keys/verify',
    {
      ...declareDecider('keys:verify'),
      schema: {
        tags: ['keys'],
        summary: 'Verify a key',
        description:
          'Answers 200 whether the key is valid or not; `valid` and `code` tell. Counts as a use of the key, against its rate and usage limits. How many requests of the key may be answered at once is not held here, for nobody says when this use ends: the gateway and the middleware hold it.',
        body: VerifyBody,
        response: { 200: VerificationBody, ...problemResponses(400, 401, 403) },
      },
    },
    // A warm key is answered at once: what is no promise is not awaited.
    (request, reply) => {
      const { body, caller } = request
      const input = verifyInputOf(body)
      if (body.ip !== undefined && input.address === null) {
        sendProblem(reply, refuseHttp('INPUT_INVALID', { errors: [{ path: 'ip', message: 'must be an IP address' }] }))
        return
      }
      const tell = (verified: Verification): void => {
        const asked = { resource: body.resource ?? null, method: body.method ?? null }
        audit.record({ ...actorOf(caller), ...eventOf(verified, body.ip ?? null), ...asked })
        if (verified.key !== null && body.toldLater !== true) {
          keys.observe(useOf(verified, verified.key, { ...asked, address: input.address?.text ?? null }))
        }
        reply.send(verificationBody(verified))
      }
      const verified = keys.verify(input)
      if (!(verified instanceof Promise)) return tell(verified)
      return verified.then(tell)
    },
  )
}

// The request that the key is used for is somebody else's: how it ends and how long it takes is not known here.
function useOf(answer: Verification, key: Key, asked: Pick<EventInput, 'resource' | 'method' | 'address'>): EventInput {
  const end = answer.valid ? { outcome: 'success' as const } : { outcome: 'denied' as const, code: answer.code }
  return { type: 'key.used', credential: key.id, organization: key.organization, ...asked, ...end }
}

function eventOf(answer: Verification, ip: string | null) {
  const credential = answer.key?.id ?? null
  if (answer.valid) return { type: 'key.verified', outcome: 'success', details: { for: credential, from: ip } } as const
  return { type: 'key.denied', outcome: 'denied', code: answer.code, details: { for: credential, from: ip } } as const
}
