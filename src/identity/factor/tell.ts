import { actorOf, type Caller, type EventInput } from '../../core/index.ts'
import type { ValuesOf } from '../../notices/index.ts'
import type { Transaction } from '../../store/index.ts'
import { circumstancesOf } from '../circumstances.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Person } from '../person/person.ts'

type Deps = Pick<IdentityDeps, 'audit' | 'clock' | 'notices' | 'countryOf'>
type About = { readonly person: Person; readonly caller: Caller }

/** A kind of second factor, by the name that mails have for it. */
export type FactorKind = ValuesOf<'factor_added'>['factor']

/** Tells a person, and the record, that a second factor was added or removed (row I15). */
export async function tellFactor(
  deps: Deps,
  tx: Transaction,
  { person, caller }: About,
  { change, kind, id }: { readonly change: 'added' | 'removed'; readonly kind: FactorKind; readonly id: string },
): Promise<void> {
  const details = { kind }
  await recordOf(deps, tx, { person, caller }, { type: `factor.${change}`, outcome: 'success', resource: id, details })
  await deps.notices.mail(tx, {
    to: [person.email],
    template: change === 'added' ? 'factor_added' : 'factor_removed',
    data: { name: person.name, factor: kind, ...circumstancesOf(deps, caller, person.language) },
    language: person.language,
    organization: person.organization,
  })
}

/** Records what somebody did with their own account; in a sign-in nobody is signed in yet, so it is said who it is. */
export async function recordOf(
  { audit }: Pick<Deps, 'audit'>,
  tx: Transaction,
  { person, caller }: About,
  event: EventInput,
): Promise<void> {
  const isNobody = caller.principal.kind === 'anonymous'
  const actor = isNobody ? { principalKind: 'user' as const, principal: person.id } : {}
  await audit.append(tx, { ...actorOf(caller), ...actor, organization: person.organization, ...event })
}
