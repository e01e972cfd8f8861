import type { Grants } from '../../access/index.ts'
import type { Person } from './person.ts'

/** What is told of somebody by the names of OpenID Connect Core, section 5.1, and what they may. */
export type AccountFacts = { readonly claims: Readonly<Record<string, unknown>>; readonly grants: Grants }

export function claimsOf(person: Person): Readonly<Record<string, unknown>> {
  const phone =
    person.phone === null ? {} : { phone_number: person.phone, phone_number_verified: person.phoneVerifiedAt !== null }
  return {
    name: person.name,
    locale: person.language,
    updated_at: Math.floor(person.changedAt / 1000),
    email: person.email,
    email_verified: person.verifiedAt !== null,
    ...phone,
  }
}
