import { timingSafeEqual } from 'node:crypto'
import { type Caller, isRefused, type Problem, type Result, refused, type Secret } from '../../../core/index.ts'
import type { Rule } from '../../../limits/index.ts'
import type { Transaction } from '../../../store/index.ts'
import { circumstancesOf } from '../../circumstances.ts'
import type { IdentityDeps } from '../../deps.ts'
import { linkTo } from '../../link.ts'
import { DEFAULT_POLICY } from '../../organization/organization.ts'
import { findOrganization } from '../../organization/store.ts'
import { forgetPasswords } from '../../password/store.ts'
import { emailKeyOf, isUnconfirmed, mayComeIn, type Person } from '../../person/person.ts'
import { findMembership, findPerson, findPersonByEmail, holdPerson } from '../../person/store.ts'
import { markVerified } from '../../person/verify.ts'
import { refuseIdentity } from '../../problems.ts'
import { charge } from '../../sign-in/limits.ts'
import { networkOf } from '../../sign-in/network.ts'
import type { SignIns, Standing, Visitor } from '../../sign-in/sign-ins.ts'
import { deleteSignInsOf } from '../../sign-in/store.ts'
import { type Tables, tablesOf } from '../../tables.ts'
import type { Ticket } from '../../ticket/ticket.ts'
import { createTicket, findTicket, takeTicket } from '../../ticket/tickets.ts'
import { digestOf, isToken } from '../../token.ts'
import { recordOf } from '../tell.ts'
import { countElsewhere } from './elsewhere.ts'

/** How often links are asked for (row I4). */
export const LINK_RULES = {
  /** From one network: links are bound to the browser that asks, so nobody may use up those of the owner. */
  byNetwork: { name: 'magic-link-network', max: 3, per: 3_600_000, burst: null },
  byAccount: { name: 'magic-link-account', max: 20, per: 3_600_000, burst: null },
  byAddress: { name: 'magic-link-address', max: 20, per: 3_600_000, burst: null },
} as const satisfies Readonly<Record<string, Rule>>

export type MagicLinks = {
  /**
   * Mails a link to whoever has this address, if they may sign in that way; nothing tells whether anybody does. Errors:
   * `SIGN_IN_LIMITED`, for addresses that nobody has as well.
   *
   * @param ask.browser the token in the cookie of the browser that asks
   */
  readonly ask: (ask: LinkAsk, caller: Caller) => Promise<Problem | null>
  /**
   * Signs in with a link, in the browser that asked for it. The address is shown to be theirs on the way. Errors:
   * `LINK_ENDED`, `LINK_ELSEWHERE`, and those of a sign-in.
   */
  readonly redeem: (token: string, browser: string | null, visitor: Visitor) => Promise<Result<Standing>>
}

export type LinkAsk = { readonly email: string; readonly organization: string | null; readonly browser: Secret }

/** Links to sign in without a password (row I7): ten minutes, once, bound to the browser that asked. */
export function createMagicLinks(deps: IdentityDeps & { readonly signIns: SignIns }): MagicLinks {
  const { store, clock, limits, settings, signIns } = deps

  const ask: MagicLinks['ask'] = async (input, caller) => {
    const limited = await charge(limits, [
      { rule: LINK_RULES.byNetwork, key: `${networkOf(caller.address)} ${emailKeyOf(input.email)}` },
      { rule: LINK_RULES.byAccount, key: emailKeyOf(input.email) },
      { rule: LINK_RULES.byAddress, key: caller.address ?? 'unknown' },
    ])
    if (limited !== null) return limited
    const db = tablesOf(store)
    const person = await findPersonByEmail(db, input.email)
    const organization = input.organization ?? person?.organization ?? ''
    const allowed = await isAllowed(db, organization)
    const isMember = person !== null && (await findMembership(db, person.id, organization)) !== null
    if (isMember && allowed && mayComeIn(person, clock.now())) {
      await store.write((tx) => send(tx, person, { ...input, organization }, caller))
    }
    return null
  }

  async function send(tx: Transaction, person: Person, input: LinkAsk & { organization: string }, caller: Caller) {
    const { id: personId, name, email, language } = person
    const rest = { browser: textOf(digestOf(input.browser.reveal())), email: emailKeyOf(email) }
    const life = settings.links.magic
    const { organization } = input
    const token = await createTicket(deps, tx, { kind: 'magic_link', personId, organization, rest, life })
    const link = linkTo(deps, 'magic', token)
    const { where } = circumstancesOf(deps, caller, language)
    const data = { name, link, minutes: Math.round(life / 60_000), where }
    const to = { to: [email], language, organization: person.organization }
    await deps.notices.mail(tx, { ...to, template: 'magic_link', data })
    await recordOf(deps, tx, { person, caller }, { type: 'magic_link.sent', outcome: 'success', resource: personId })
  }

  const redeem: MagicLinks['redeem'] = async (token, browser, visitor) => {
    const ticket = await findTicket(deps, tablesOf(store), 'magic_link', token)
    if (ticket === null) return refused(refuseIdentity('LINK_ENDED'))
    if (!isSameBrowser(ticket, browser)) return refused(await elsewhere(ticket, visitor.caller))
    const taken = await store.write((tx) => take(tx, token, visitor.caller))
    if (isRefused(taken)) return taken
    const { organization } = ticket
    return signIns.proved({ person: taken.value, method: 'magic_link', signIn: null, organization }, visitor)
  }

  async function take(tx: Transaction, token: string, caller: Caller): Promise<Result<Person>> {
    const ticket = await takeTicket(deps, tx, 'magic_link', token)
    const person = ticket?.personId == null ? null : await holdPerson(tx, ticket.personId)
    if (ticket === null || person === null) return refused(refuseIdentity('LINK_ENDED'))
    // Who changed their address meanwhile did not get this mail.
    const isTheirs = ticket.rest.email === emailKeyOf(person.email)
    if (!isTheirs || !(await isAllowed(tablesOf(tx), ticket.organization))) return refused(refuseIdentity('LINK_ENDED'))
    return { ok: true, value: person.verifiedAt === null ? await confirmed(tx, person, caller) : person }
  }

  async function confirmed(tx: Transaction, person: Person, caller: Caller): Promise<Person> {
    // Whoever registered the address first may be somebody else: the mailbox counts, not the password they chose.
    if (isUnconfirmed(person)) {
      await forgetPasswords(tx, person.id)
      await deleteSignInsOf(tx, person.id)
    }
    return markVerified(deps, tx, person, caller)
  }

  async function elsewhere(ticket: Ticket, caller: Caller): Promise<Problem> {
    await store.write(async (tx) => {
      const person = ticket.personId === null ? null : await findPerson(tablesOf(tx), ticket.personId)
      if (person === null || !(await countElsewhere(tx, ticket, clock.now()))) return
      const event = { type: 'magic_link.elsewhere', outcome: 'denied', resource: person.id } as const
      await recordOf(deps, tx, { person, caller }, event)
    })
    return refuseIdentity('LINK_ELSEWHERE')
  }

  return Object.freeze({ ask, redeem })
}

async function isAllowed(db: Tables, organization: string): Promise<boolean> {
  const { methods } = (await findOrganization(db, organization))?.policy ?? DEFAULT_POLICY
  return methods.includes('magic_link')
}

function isSameBrowser({ rest }: Ticket, browser: string | null): boolean {
  if (browser === null || !isToken('spb', browser)) return false
  return timingSafeEqual(Buffer.from(rest.browser ?? '', 'base64url'), digestOf(browser))
}

function textOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString('base64url')
}
