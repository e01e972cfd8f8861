import type { Caller, Secret } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { linkTo } from '../../link.ts'
import { findPerson } from '../../person/store.ts'
import { tablesOf } from '../../tables.ts'
import type { Organization } from '../organization.ts'
import type { Invitation } from './invitation.ts'

const DAY = 86_400_000

/** Mails the link of an invitation; it is nowhere else. */
export async function mailInvitation(
  deps: IdentityDeps,
  tx: Transaction,
  { id, name }: Organization,
  { email, language }: Invitation,
  token: Secret,
  { principal }: Caller,
): Promise<void> {
  const inviter = principal.kind === 'user' ? await findPerson(tablesOf(tx), principal.id) : null
  const days = Math.max(1, Math.round(deps.settings.links.invitation / DAY))
  await deps.notices.mail(tx, {
    to: [email],
    template: 'invitation',
    data: { organization: name, inviter: inviter?.name ?? name, link: linkTo(deps, 'invitation', token), days },
    language,
    organization: id,
  })
}
