import type { Identity } from '../../identity/index.ts'
import type { Notices } from '../../notices/index.ts'
import type { TellSignInRequest } from '../../oauth/index.ts'
import type { Store } from '../../store/index.ts'

/** Writes to people that a program asks them, from afar, to sign in. Who is nobody gets nothing. */
export function createSignInRequestMail(deps: {
  readonly store: Store
  readonly notices: Pick<Notices, 'mail'>
  readonly personToTell: Identity['personToTell']
}): TellSignInRequest {
  return ({ personId, organization, client, message, seconds }) =>
    deps.store.write(async (tx) => {
      const contact = await deps.personToTell(tx, personId)
      if (contact === null) return
      const { name, address, language } = contact
      const data = { name, client, message: message ?? '–', minutes: Math.max(1, Math.round(seconds / 60)) }
      await deps.notices.mail(tx, { to: [address], template: 'sign_in_request', data, language, organization })
    })
}
