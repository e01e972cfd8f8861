import type { FastifyReply } from 'fastify'
import { type Problem, type Result, toProblemDocument } from '../core/index.ts'

/** The part of a reply that the one writer of problems needs. */
export type Answerable = Pick<FastifyReply, 'code' | 'header' | 'type' | 'send'> & {
  readonly request: { readonly id: string }
  problem?: Problem
}

/** Answers a result: its value with the status of success, or its problem. */
export function answer<T>(reply: FastifyReply, result: Result<T>, status = 200): FastifyReply {
  return result.ok ? reply.code(status).send(result.value) : sendProblem(reply, result.problem)
}

/** Answers 204, or the problem. */
export function noContent(reply: FastifyReply, result: Result<unknown>): FastifyReply {
  return result.ok ? reply.code(204).send() : sendProblem(reply, result.problem)
}

/** The one place where a problem becomes an HTTP answer of the control plane (RFC 9457). */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  reply.problem = problem
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter))
  for (const [name, value] of Object.entries(problem.headers ?? {})) reply.header(name, value)
  // A string, so that no route's success schema is applied to it.
  const body = JSON.stringify(toProblemDocument(problem, reply.request.id))
  return reply.code(problem.status).type('application/problem+json').serializer(String).send(body)
}
