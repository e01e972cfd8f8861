import type Provider from 'oidc-provider'

/**
 * What every answer of the library is sent with, unless it says otherwise itself. It writes pages that send a form on by
 * themselves, and names the script of theirs in this very policy.
 */
const HEADERS = Object.freeze({
  'content-security-policy': "default-src 'none'; script-src; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Where the form leads may ask which site it came from; what it was asked there is nobody's.
  'referrer-policy': 'strict-origin',
})

/** Lets no answer of the library be put into another page, nor be read as what it is not. */
export function protectAnswers(provider: Provider): void {
  provider.use(async (ctx, next) => {
    ctx.set({ ...HEADERS })
    await next()
    if (ctx.type === 'text/html') ctx.set('cache-control', 'no-store')
    // Some clients refuse a type that they do not know, also of nothing: what revokes a token answers with nothing.
    if (ctx.body === '') ctx.remove('content-type')
  })
}
