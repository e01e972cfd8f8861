import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Audit } from '../../audit/index.ts'
import { actorOf } from '../../core/index.ts'
import { pageHeaders } from '../page/headers.ts'
import { languageOf } from '../page/language.ts'
import { errorPage, foreignPage, type Shown } from '../page/plain.ts'

/** Forms that reach neither the library nor a page of ours. */
export type FormRefusals = {
  /** For a form that a page of somebody else sent. */
  readonly foreign: (request: FastifyRequest, reply: FastifyReply, endpoint: string) => FastifyReply
  /** For one of another kind, or too long to go on as an address. */
  readonly unreadable: (request: FastifyRequest, reply: FastifyReply, endpoint: string) => FastifyReply
}

const UNREADABLE = Object.freeze({
  error: 'invalid_request',
  description: 'the form is too long, or of another kind than application/x-www-form-urlencoded',
  isOurs: false,
})

/** Refuses forms with a page, and leaves an Event that says why. */
export function createFormRefusals(deps: {
  readonly issuer: string
  readonly audit: Pick<Audit, 'record'>
}): FormRefusals {
  const { issuer, audit } = deps
  const { host } = new URL(issuer)

  function tell({ caller }: FastifyRequest, endpoint: string, reason: string): void {
    const details = { client: null, endpoint, reason }
    audit.record({ ...actorOf(caller), type: 'oauth.refused', outcome: 'denied', code: 'invalid_request', details })
  }

  const shown = ({ headers }: FastifyRequest): Shown => ({
    language: languageOf(null, headers['accept-language']),
    host,
  })
  const send = (reply: FastifyReply, status: number, page: string) =>
    reply.code(status).headers(pageHeaders(issuer)).send(page)

  return Object.freeze({
    foreign: (request, reply, endpoint) => {
      tell(request, endpoint, 'the form came from a page of somebody else')
      return send(reply, 403, foreignPage(shown(request)))
    },
    unreadable: (request, reply, endpoint) => {
      tell(request, endpoint, UNREADABLE.description)
      return send(reply, 400, errorPage(shown(request), UNREADABLE))
    },
  })
}
