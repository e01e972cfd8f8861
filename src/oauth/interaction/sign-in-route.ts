import { Type } from '../../core/index.ts'
import type { ControlApp } from '../../http/index.ts'
import { pageHeaders } from '../page/headers.ts'
import { invitationPage } from '../page/invitation.ts'
import { languageOf } from '../page/language.ts'
import { LINK_KINDS, linkPage } from '../page/link.ts'
import { donePage, type Shown } from '../page/plain.ts'
import { ownAddress } from '../page/return-to.ts'
import { signInPage } from '../page/sign-in.ts'
import { sessionOf } from '../provider/own-session.ts'

/** Where people sign in who come from no client. */
export const SIGN_IN = '/oauth/sign-in'

const open = { config: { permission: 'public', caller: 'session' } as const }

const querystring = Type.Object({
  return_to: Type.Optional(Type.String({ maxLength: 4096 })),
  ui_locales: Type.Optional(Type.String({ maxLength: 256 })),
})

/**
 * The page of a sign-in that no client asked for. It goes on to `return_to`, where that is an address of ours; to
 * anywhere else it never leads (row O7).
 */
export function signInRoute(app: ControlApp, { issuer }: { readonly issuer: string }): void {
  const { host } = new URL(issuer)

  app.get(
    SIGN_IN,
    { config: open.config, schema: { hide: true, querystring } },
    async ({ query, headers, caller }, reply) => {
      const language = languageOf(query.ui_locales, headers['accept-language'])
      const to = ownAddress(query.return_to, issuer)
      const isSignedIn = sessionOf(caller) !== null
      if (isSignedIn && to !== null) return reply.code(303).header('location', to).send()
      const asking = () => signInPage({ language, host, client: null, email: '', after: to, cancel: null })
      return reply.headers(pageHeaders(issuer)).send(isSignedIn ? donePage({ language, host }) : asking())
    },
  )
}

/** The pages that mailed links lead to, where no others were configured. */
export function linkRoutes(app: ControlApp, { issuer }: { readonly issuer: string }): void {
  const { host } = new URL(issuer)
  const pages = Object.entries({
    ...Object.fromEntries(LINK_KINDS.map((kind) => [kind, (how: Shown) => linkPage(how, kind, SIGN_IN)])),
    invitation: (how: Shown) => invitationPage(how, SIGN_IN),
  })
  for (const [name, page] of pages) {
    app.get(`/${name}`, { config: open.config, schema: { hide: true } }, async ({ headers }, reply) => {
      const language = languageOf(null, headers['accept-language'])
      return reply.headers(pageHeaders(issuer, { isSecret: true })).send(page({ language, host }))
    })
  }
}
