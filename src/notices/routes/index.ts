import type { ControlApp } from '../../http/index.ts'
import type { Notices } from '../notices.ts'
import { outboxRoutes } from './outbox.ts'

/** The HTTP routes of mail and webhooks, for a Fastify child scope. */
export function noticeRoutes(deps: { readonly notices: Notices }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    outboxRoutes(app, deps)
  }
}
