import type { OauthClient } from '../client/client.ts'
import type { Asked } from '../consent/consent.ts'
import { fill, type Html, html } from './html.ts'
import type { Language } from './language.ts'
import { documentOf } from './layout.ts'
import { postOf, tellingOf, whoOf } from './parts.ts'
import { type Words, wordsOf } from './words.ts'

export type ConsentPage = {
  readonly language: Language
  readonly host: string
  readonly client: OauthClient
  /** The address of who is signed in. */
  readonly person: string
  readonly asked: Asked
  /** Whether they agreed to something with this client before. */
  readonly isMore: boolean
  /** Where the browser goes back to; null where it stays. */
  readonly returnsTo: string | null
  /** Where the form goes. */
  readonly action: string
  /** What APIs are called, and what a scope lets do; null where nobody said. */
  readonly nameOf: (resource: string) => string
  readonly describe: (scope: string) => string | null
}

/** The page on which a person is asked whether a client may what it asks for. It needs no script. */
export function consentPage(page: ConsentPage): string {
  const { language, host, client, person } = page
  const words = wordsOf(language)
  const isAgent = client.source === 'document'
  const name = html`<span class="client">${client.name}</span>`
  const title = isAgent ? html`${words.consentAgentTitle}` : fill(words.consentTitle, { client: name })
  const body = html`<div id="app" data-mode="consent" data-after="">
${tellingOf(language)}<h1>${title}</h1>
${originOf(words, client)}${whoOf(language, person)}${
  page.isMore &&
  html`<p>${words.consentBefore}</p>
`
}<h2>${words.consentMay}</h2>
${groupsOf(words, page)}${formOf(words, page)}${linksOf(words, client)}<p class="aside"><button type="button" class="link" data-do="sign-out" hidden>${words.notYou}</button></p>
</div>
`
  const plain = isAgent ? words.consentAgentTitle : words.consentTitle.replace('{client}', client.name)
  return documentOf({ language, host, title: plain, body, script: 'helps' })
}

/** Who it is that asks, where nobody here has looked at that. */
function originOf(words: Words, client: OauthClient): Html {
  if (client.source === 'admin') return html``
  if (client.source === 'registered')
    return html`<p class="warning">${words.consentUnchecked}</p>
`
  return html`<dl class="facts origin">
<dt>${words.consentHost}</dt>
<dd class="host">${hostOf(client.id)}</dd>
<dt>${words.consentCalls}</dt>
<dd>${client.name}</dd>
</dl>
<p class="warning">${words.consentClaim}</p>
`
}

function groupsOf(words: Words, { asked, nameOf, describe }: ConsentPage): Html {
  const about = asked.scopes
    .filter((scope) => scope !== 'offline_access')
    .map((scope) => html`${ofIdentity(words, scope)}`)
  const claims = asked.claims.map((claim) => fill(words.claim, { claim: html`<code>${claim}</code>` }))
  const apis = Object.entries(asked.resources)
    .filter(([, scopes]) => scopes.length > 0)
    .map(([id, scopes]) =>
      groupOf(
        fill(words.consentAt, { resource: nameOf(id) }),
        scopes.map((scope) => ofApi(scope, describe(scope))),
      ),
    )
  const away = asked.scopes.includes('offline_access')
    ? groupOf(html`${words.consentAway}`, [html`${words.scopeOffline}`])
    : null
  const details = asked.details.map((detail) => detailOf(words, detail))
  return html`${groupOf(html`${words.consentAbout}`, [...about, ...claims])}${apis}${groupOf(html`${words.consentDetails}`, details)}${away}`
}

function groupOf(title: Html, items: readonly Html[]): Html {
  if (items.length === 0) return html``
  return html`<h3>${title}</h3>
<ul class="scopes">
${items.map(
  (item) => html`<li>${item}</li>
`,
)}</ul>
`
}

function ofIdentity(words: Words, scope: string): string {
  const sentences: Readonly<Record<string, string>> = {
    openid: words.scopeOpenid,
    profile: words.scopeProfile,
    email: words.scopeEmail,
    phone: words.scopePhone,
    address: words.scopeAddress,
    roles: words.scopeRoles,
    permissions: words.scopePermissions,
  }
  return sentences[scope] ?? scope
}

function ofApi(scope: string, sentence: string | null): Html {
  return sentence === null ? html`<code>${scope}</code>` : html`${sentence} <code>${scope}</code>`
}

function detailOf(words: Words, detail: Readonly<Record<string, unknown>>): Html {
  return html`<strong>${String(detail.type)}</strong>
<details open>
<summary>${words.consentDetailsMore}</summary>
<pre tabindex="0">${JSON.stringify(detail, null, 2)}</pre>
</details>`
}

function formOf(words: Words, { action, returnsTo }: ConsentPage): Html {
  const back =
    returnsTo !== null &&
    html`<p class="aside">${fill(words.consentReturn, { host: html`<strong>${hostOf(returnsTo)}</strong>` })} ${words.consentWithdraw}</p>
`
  return html`${postOf(
    action,
    html`<div class="choices">
<button name="answer" value="allow">${words.allow}</button>
<button name="answer" value="deny" class="second">${words.deny}</button>
</div>`,
  )}${back}`
}

function linksOf(words: Words, { policyUri, tosUri }: OauthClient): Html {
  const links = [
    { to: policyUri, name: words.policy },
    { to: tosUri, name: words.terms },
  ].flatMap(({ to, name }) => (to === null || !/^https?:\/\//.test(to) ? [] : [{ to, name }]))
  if (links.length === 0) return html``
  return html`<ul class="links">
${links.map(
  ({
    to,
    name,
  }) => html`<li><a href="${to}" target="_blank" rel="noopener noreferrer nofollow">${name}<span class="hidden"> (${words.opens})</span></a></li>
`,
)}</ul>
`
}

/** What somebody recognises an address by: its host, or the scheme of a program on a device. */
function hostOf(address: string): string {
  const { host, protocol } = new URL(address)
  return host === '' ? protocol : host
}
