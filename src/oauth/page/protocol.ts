import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { currentSession } from '../provider/own-session.ts'
import { pageHeaders } from './headers.ts'
import { fill, type Html, html } from './html.ts'
import { languageOf } from './language.ts'
import { documentOf } from './layout.ts'
import { fieldOf, postOf } from './parts.ts'
import { errorPage, lostPage, messagePage, questionPage, type Shown } from './plain.ts'
import { type Words, wordsOf } from './words.ts'

type Refused = { readonly error: string; readonly error_description?: string }
type Failure = Error & { readonly userCode?: string }

/**
 * The pages that the library shows by itself: errors, the code of a device, and signing out (RFC 8628, section 3.3;
 * OpenID Connect RP-Initiated Logout, section 2).
 *
 * @param deps.nameOf what a client is called; null for none
 */
export function createProtocolPages(deps: {
  readonly issuer: string
  readonly nameOf: (client: Client | undefined) => string | null
}) {
  const { issuer, nameOf } = deps
  const host = new URL(issuer).host

  function shown(ctx: KoaContextWithOIDC): Shown {
    const language = languageOf(ctx.oidc?.params?.ui_locales ?? ctx.query.ui_locales, ctx.get('accept-language'))
    return { language, host }
  }

  function send(ctx: KoaContextWithOIDC, page: string, more: { readonly formsLeadOn?: boolean } = {}): void {
    ctx.set(pageHeaders(issuer, more))
    ctx.body = page
  }

  function renderError(ctx: KoaContextWithOIDC, out: Refused, failure: Error): void {
    const how = shown(ctx)
    const isOurs = out.error === 'server_error'
    // What went wrong inside is for the record alone.
    const description = isOurs ? null : (out.error_description ?? null)
    const isLost = failure.name === 'SessionNotFound'
    send(ctx, isLost ? lostPage(how) : errorPage(how, { error: out.error, description, isOurs }))
  }

  function userCodeInputSource(ctx: KoaContextWithOIDC, _form: string, _out?: unknown, failure?: Failure): void {
    const how = shown(ctx)
    const words = wordsOf(how.language)
    const isAborted = failure?.name === 'AbortedError'
    const asking = () => codePage(how, addressOf(ctx, 'code_verification'), secretOf(ctx), failure)
    send(ctx, isAborted ? messagePage(how, words.deviceTitle, words.deviceAborted) : asking())
  }

  function userCodeConfirmSource(
    ctx: KoaContextWithOIDC,
    _form: string,
    client: Client,
    _device: unknown,
    userCode: string,
  ): void {
    const how = shown(ctx)
    const words = wordsOf(how.language)
    const name = html`<strong>${nameOf(client) ?? client.clientId}</strong>`
    const body = html`<p>${fill(words.deviceConfirmText, { client: name })}</p>
<p class="user-code"><code>${userCode}</code></p>
<p class="warning">${words.deviceConfirmWarn}</p>
${hidden('xsrf', secretOf(ctx))}${hidden('user_code', userCode)}<div class="choices">
<button name="confirm" value="yes">${words.deviceConfirm}</button>
<button name="abort" value="yes" class="second">${words.deviceAbort}</button>
</div>`
    const action = addressOf(ctx, 'code_verification')
    send(ctx, questionPage(how, { title: words.deviceConfirmTitle, action, body }))
  }

  function successSource(ctx: KoaContextWithOIDC): void {
    const how = shown(ctx)
    const words = wordsOf(how.language)
    const name = nameOf(ctx.oidc.client)
    const said = name === null ? words.deviceDoneText : fill(words.deviceDoneFor, { client: name })
    send(ctx, messagePage(how, words.deviceDoneTitle, said))
  }

  function logoutSource(ctx: KoaContextWithOIDC): void {
    const how = shown(ctx)
    const words = wordsOf(how.language)
    const name = nameOf(ctx.oidc.client)
    const asks = name === null ? words.logoutPlain : fill(words.logoutText, { client: html`<strong>${name}</strong>` })
    const body = html`<p>${asks}</p>
${hidden('xsrf', secretOf(ctx))}<div class="choices">
<button name="logout" value="yes">${words.logoutYes}</button>
<button class="second">${words.logoutNo}</button>
</div>`
    const action = addressOf(ctx, 'end_session_confirm')
    send(ctx, questionPage(how, { title: words.logoutTitle, action, body }), { formsLeadOn: true })
  }

  function postLogoutSuccessSource(ctx: KoaContextWithOIDC): void {
    const how = shown(ctx)
    const words = wordsOf(how.language)
    // Whoever stayed signed in comes here with the name of the client that is signed out alone.
    const name = nameOf(ctx.oidc.client)
    const others = name === null ? [] : [fill(words.logoutStayedText, { client: name })]
    const stayed = () => messagePage(how, words.logoutStayedTitle, ...others)
    const isStaying = name !== null || currentSession() !== null
    send(ctx, isStaying ? stayed() : messagePage(how, words.logoutDoneTitle, words.logoutDoneText))
  }

  return Object.freeze({
    renderError,
    deviceFlow: { userCodeInputSource, userCodeConfirmSource, successSource },
    rpInitiatedLogout: { logoutSource, postLogoutSuccessSource },
  })
}

function codePage({ language, host }: Shown, action: string, secret: string, failure: Failure | undefined): string {
  const words = wordsOf(language)
  const problem = failure === undefined ? null : codeProblem(words, failure)
  const summary =
    problem !== null &&
    html`<div class="summary" role="alert">
<h2>${words.problemTitle}</h2>
<p id="problem"><a href="#user_code">${problem}</a></p>
</div>
`
  const field = { id: 'user_code', name: 'user_code', label: words.deviceCode, hint: words.deviceWarn, maxlength: 32 }
  const form = html`${hidden('xsrf', secret)}${fieldOf({ ...field, value: failure?.userCode ?? '' })}<button>${words.continue}</button>`
  const body = html`${summary}<h1>${words.deviceTitle}</h1>
<p>${words.deviceText}</p>
${postOf(action, form)}`
  return documentOf({ language, host, title: words.deviceTitle, body })
}

function codeProblem(words: Words, { name }: Failure): string {
  const sentences: Readonly<Record<string, string>> = {
    NoCodeError: words.deviceEmpty,
    NotFoundError: words.deviceUnknown,
    ExpiredError: words.deviceExpired,
    AlreadyUsedError: words.deviceUsed,
  }
  return sentences[name] ?? words.deviceFailed
}

function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">
`
}

function addressOf(ctx: KoaContextWithOIDC, route: string): string {
  return ctx.oidc.urlFor(route)
}

/** What the library wants to see again in the form. */
function secretOf(ctx: KoaContextWithOIDC): string {
  const secret = ctx.oidc.session?.state?.secret
  return typeof secret === 'string' ? secret : ''
}
