import type { FastifyError } from 'fastify'
import { type ControlApp, refuseHttp, sendProblem } from '../../http/index.ts'

// What may stand in a header and in a log as it came.
const REQUEST_ID = /^[\x21-\x7e]{1,255}$/

/** What AuthZEN wants otherwise than the rest of the API: 400 for a content type, and the request's id just as it came. */
export function takeAuthzen(app: ControlApp): void {
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    // Whatever is not ours to answer goes on to the one place that answers errors.
    if (error.code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') throw error
    const errors = [{ path: 'headers.content-type', message: 'must be application/json' }]
    return sendProblem(reply, refuseHttp('INPUT_INVALID', { errors }))
  })
  app.addHook('onSend', async (request, reply) => {
    const sent = request.headers['x-request-id']
    if (typeof sent === 'string' && REQUEST_ID.test(sent)) reply.header('x-request-id', sent)
  })
}
