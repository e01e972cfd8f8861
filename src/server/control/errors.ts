import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../../core/index.ts'
import { refuseHttp, sendProblem } from '../../http/index.ts'
import { fieldErrors } from './validation.ts'

/** What Fastify itself refuses, by its code. Everything that is not here or a validation is a fault of ours. */
const FRAMEWORK: Readonly<Record<string, Parameters<typeof refuseHttp>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE_UNSUPPORTED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'JSON_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'JSON_MALFORMED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'JSON_MALFORMED',
  FST_ERR_BAD_URL: 'REQUEST_PATH_INVALID',
  FST_ERR_ASYNC_CONSTRAINT: 'REQUEST_PATH_INVALID',
  FST_ERR_MAX_PARAM_LENGTH: 'REQUEST_PATH_INVALID',
}

// The network's and PostgreSQL's ways of saying that the database is not there (SQLSTATE classes 08 and 57P).
const OUTAGES = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|08...|57P0.|53300)$/
const RETRY_AFTER = 5

/** The one place of the control plane where an error becomes an answer. A 5xx says nothing of the inside. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    if (problem.status >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed')
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, refuseHttp('ROUTE_NOT_FOUND')))
}

/** Answers what the framework refuses before any route is found. */
export function frameworkErrors(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(reply, problemOf(error))
}

function problemOf(error: FastifyError): Problem {
  if (error.validation !== undefined) {
    return refuseHttp('INPUT_INVALID', { errors: fieldErrors(error.validation as never, error.validationContext) })
  }
  if (isOutage(error)) return refuseHttp('UNAVAILABLE', { retryAfter: RETRY_AFTER, reason: error.message })
  const known = FRAMEWORK[error.code]
  if (known !== undefined) return refuseHttp(known)
  // Fastify marks the parser's own refusals (malformed JSON, `__proto__`) only by their status.
  return error.statusCode === 400
    ? refuseHttp('JSON_MALFORMED')
    : refuseHttp('INTERNAL_ERROR', { reason: error.message })
}

function isOutage({ code, message }: FastifyError): boolean {
  return OUTAGES.test(code ?? '') || /^(Connection terminated|timeout exceeded when trying to connect)/.test(message)
}
