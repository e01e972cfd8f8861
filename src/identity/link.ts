import { Secret } from '../core/index.ts'
import type { IdentitySettings } from './settings.ts'

/** The pages that mailed links lead to. */
export type LinkPath = 'verify' | 'reset' | 'magic' | 'invitation' | 'email-change' | 'recovery'

/**
 * The address of a mailed link. It is made from configuration alone: a request that names another host changes no mail
 * (row I8).
 *
 * @example linkTo(deps, 'reset', token) // https://account.example.com/reset?token=spl_…
 */
export function linkTo(deps: LinkDeps, path: LinkPath, token: Secret): Secret {
  return new Secret(`${pageAt(deps, path)}?token=${encodeURIComponent(token.reveal())}`)
}

/** The address of a page of ours, for mails that lead somewhere without opening anything. */
export function pageAt({ settings, issuer }: LinkDeps, path: string): string {
  return `${(settings.pages ?? issuer).replace(/\/+$/, '')}/${path}`
}

type LinkDeps = { readonly settings: Pick<IdentitySettings, 'pages'>; readonly issuer: string }
