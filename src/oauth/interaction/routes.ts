import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from '../../core/index.ts'
import type { ControlApp } from '../../http/index.ts'
import { pageHeaders } from '../page/headers.ts'
import { languageOf } from '../page/language.ts'
import { lostPage, onwardPage, type Shown } from '../page/plain.ts'
import { reachesLevel } from '../provider/level.ts'
import { asCaller } from '../provider/own-session.ts'
import { INTERACTION } from '../provider/routes-table.ts'
import type { InteractionDeps } from './deps.ts'
import { InteractionLost } from './find.ts'
import type { Refusal } from './finish.ts'
import { isOwnForm } from './same-origin.ts'
import { pageFor } from './show.ts'
import { finishAgreed, refuse, type Standing, type Visit, visit } from './visit.ts'

const params = Type.Object({ uid: Type.String({ pattern: '^[A-Za-z0-9_-]{16,64}$' }) })
const open = { config: { permission: 'public', caller: 'session' } as const, schema: { hide: true } }
const MOST_BYTES = 4096

type AtRequest = FastifyRequest<{ Params: { uid: string } }>

/** The pages of an authorization request that waits for a person (row O7). */
export function interactionRoutes(deps: InteractionDeps): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MOST_BYTES },
      (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(String(text)))),
    )
    const schema = { ...open.schema, params }
    app.get(`${INTERACTION}/:uid`, { ...open, schema }, (request, reply) =>
      found(request, reply, async (asked) => {
        const standing = await visit(asked, deps)
        if (standing.is === 'onward') return reply.code(303).header('location', standing.to).send()
        return send(reply, 200, await pageFor(deps, request, standing))
      }),
    )
    app.post(`${INTERACTION}/:uid/consent`, { ...open, schema }, (request, reply) =>
      answered(request, reply, (asked) => answer(request, asked)),
    )
    app.post(`${INTERACTION}/:uid/cancel`, { ...open, schema }, (request, reply) =>
      answered(request, reply, async (asked) => {
        const standing = await visit(asked, deps)
        return standing.is === 'onward' ? standing : refuse(standing.interaction, cancelled(standing))
      }),
    )
  }

  /** What a person says to a client that asks. Whatever is not `allow` is no. */
  async function answer(request: FastifyRequest, asked: Visit): Promise<Standing> {
    const standing = await visit(asked, deps)
    if (standing.is !== 'consent') return standing
    const { interaction, own } = standing
    const parties = { personId: own.personId, organization: own.organization, clientId: interaction.client.id }
    if ((request.body as { answer?: unknown } | undefined)?.answer !== 'allow') {
      deps.consents.deny(parties, interaction.asked, request.caller)
      return refuse(interaction, DENIED)
    }
    await deps.consents.agree(parties, interaction.asked, request.caller)
    return { is: 'onward', to: await finishAgreed(asked, interaction, own) }
  }

  /** Answers a form of ours: it leads on, or back to the page of what is still missing. */
  function answered(request: AtRequest, reply: FastifyReply, work: (asked: Visit) => Promise<Standing>) {
    if (!isOwnForm(request, deps.issuer)) return deps.server.formRefusals.foreign(request, reply, 'interaction')
    return found(request, reply, async (asked) => {
      const standing = await work(asked)
      const to = standing.is === 'onward' ? standing.to : `${INTERACTION}/${asked.uid}`
      return send(reply, 200, onwardPage(shown(request), to))
    })
  }

  async function found(request: AtRequest, reply: FastifyReply, work: (asked: Visit) => Promise<FastifyReply>) {
    const { caller, raw, params } = request
    const asked = { provider: await deps.server.current(), uid: params.uid, request: raw, response: reply.raw, caller }
    try {
      return await asCaller(caller, () => work(asked))
    } catch (error) {
      if (!isLost(error)) throw error
      return send(reply, 400, lostPage(shown(request)))
    }
  }

  function send(reply: FastifyReply, status: number, page: string): FastifyReply {
    return reply.code(status).headers(pageHeaders(deps.issuer)).send(page)
  }

  function shown(request: FastifyRequest): Shown {
    return { language: languageOf(null, request.headers['accept-language']), host: new URL(deps.issuer).host }
  }
}

/** Gone when it was looked for, or while it was answered: then the library says so. */
function isLost(error: unknown): boolean {
  return error instanceof InteractionLost || (error instanceof Error && error.name === 'SessionNotFound')
}

const DENIED: Refusal = { error: 'access_denied', error_description: 'the person said no' }

/** What a client is told of a person who goes back. */
function cancelled(standing: Exclude<Standing, { readonly is: 'onward' }>): Refusal {
  if (standing.is === 'other_person') {
    return { error: 'login_required', error_description: 'another person is signed in' }
  }
  if (standing.is === 'step_up' && !reachesLevel(standing.own.assurance.acr, standing.demand.level)) {
    return {
      error: 'unmet_authentication_requirements',
      error_description: 'the person did not prove what was asked for',
    }
  }
  return { error: 'access_denied', error_description: 'the person went back' }
}
