import { Type } from '../../core/index.ts'
import type { ControlApp } from '../../http/index.ts'
import { pageHeaders } from '../page/headers.ts'
import { languageOf } from '../page/language.ts'
import { donePage } from '../page/plain.ts'
import { ownAddress } from '../page/return-to.ts'
import { signInPage } from '../page/sign-in.ts'
import { sessionOf } from '../provider/own-session.ts'

/** Where people sign in who come from no client. */
export const SIGN_IN = '/oauth/sign-in'

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
  const options = { config: { permission: 'public', caller: 'session' } as const, schema: { hide: true, querystring } }

  app.get(SIGN_IN, options, async ({ query, headers, caller }, reply) => {
    const language = languageOf(query.ui_locales, headers['accept-language'])
    const to = ownAddress(query.return_to, issuer)
    const isSignedIn = sessionOf(caller) !== null
    if (isSignedIn && to !== null) return reply.code(303).header('location', to).send()
    const asking = () => signInPage({ language, host, client: null, email: '', after: to, cancel: null })
    return reply.headers(pageHeaders(issuer)).send(isSignedIn ? donePage({ language, host }) : asking())
  })
}
