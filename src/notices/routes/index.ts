import type { ControlApp } from '../../http/index.ts'
import type { Notices } from '../notices.ts'
import { deliveryRoutes } from './deliveries.ts'
import { outboxRoutes } from './outbox.ts'
import { outboxPageRoute } from './outbox-page.ts'
import { webhookRoutes } from './webhooks.ts'

/** The HTTP routes of mail and webhooks, for a Fastify child scope. */
export function noticeRoutes(deps: { readonly notices: Notices }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    webhookRoutes(app, deps)
    deliveryRoutes(app, deps)
    outboxRoutes(app, deps)
    outboxPageRoute(app, deps)
  }
}
