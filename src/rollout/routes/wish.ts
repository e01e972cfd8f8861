import type { FastifyReply } from 'fastify'
import { done, type Result } from '../../core/index.ts'
import { checkVersion, sendProblem, versionTag } from '../../http/index.ts'
import type { Outcome, Wish } from '../rollout.ts'
import { outcomeBody } from './bodies.ts'

type Asked = {
  readonly headers: Readonly<Record<string, unknown>>
  readonly query: { readonly dryRun?: boolean | undefined }
}

/** What a request wants: the version that `If-Match` names, and whether it is only a try. */
export function wishOf({ headers, query }: Asked): Result<Wish> {
  const tag = headers['if-match']
  const version = checkVersion(typeof tag === 'string' ? tag : undefined)
  return version.ok ? done({ from: version.value, dry: query.dryRun === true }) : version
}

/** Answers what came of a change, with the tag of the version that is in force now. */
export function sendOutcome(reply: FastifyReply, outcome: Result<Outcome>) {
  if (!outcome.ok) return sendProblem(reply, outcome.problem)
  return reply.header('etag', versionTag(outcome.value.version?.version ?? 0)).send(outcomeBody(outcome.value))
}
