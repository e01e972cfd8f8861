import type { Caller, Principal, Request } from '../../../core/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { mayComeIn, type Person } from '../../person/person.ts'
import { findPerson } from '../../person/store.ts'
import type { SignInGuard } from '../../sign-in/guard.ts'
import { tablesOf } from '../../tables.ts'
import { attempt } from '../attempt.ts'
import type { FactorMethod } from '../method.ts'
import { recordOf } from '../tell.ts'
import { digitsOf } from '../typed-code.ts'
import type { Passage, Windows } from './windows.ts'

/** Where the code of a key's owner is. */
const HEADER = 'x-mfa-code'
const LONGEST = 64

type Deps = IdentityDeps & {
  readonly guard: SignInGuard
  readonly windows: Windows
  readonly totp: FactorMethod
  readonly backup: FactorMethod
}

/** Whether the owner of a key proved a second factor, in this request or a short while before. */
export type MfaOf = (owner: Principal, request: Request) => boolean | Promise<boolean>

/**
 * Lets keys through that demand a second factor: the header `X-MFA-Code` takes a code of the owner's app, or a backup
 * code, and a right one opens five minutes for that key and address (row I11). Services have no second factor, so their
 * keys are never let through. Wrong codes count like those of a sign-in.
 */
export function createMfaOf(deps: Deps): MfaOf {
  const { windows } = deps
  // Requests that come together with one code are one attempt: the code works once, and all of them meant it.
  const underWay = new Map<string, Promise<boolean>>()

  return (owner, request) => {
    const keyId = owner.credential?.id
    if (owner.kind !== 'user' || keyId === undefined) return false
    const passage = { keyId, address: request.client.text, personId: owner.id }
    const open = windows.isOpen(passage)
    if (open === true) return true
    return typeof open === 'boolean'
      ? byCode(passage, owner, request)
      : open.then((it) => it || byCode(passage, owner, request))
  }

  function byCode(passage: Passage, owner: Principal, request: Request): boolean | Promise<boolean> {
    const code = request.header(HEADER)
    if (code === undefined || code.length > LONGEST) return false
    const name = `${passage.keyId} ${passage.address} ${code}`
    const asked =
      underWay.get(name) ?? redeem(passage, callerOf(owner, request), code).finally(() => underWay.delete(name))
    underWay.set(name, asked)
    return asked
  }

  async function redeem(passage: Passage, caller: Caller, code: string): Promise<boolean> {
    const person = await findPerson(tablesOf(deps.store), passage.personId)
    if (person === null || !mayComeIn(person, deps.clock.now())) return false
    const method = digitsOf(code) === null ? deps.backup : deps.totp
    const ask = { person, subject: passage.keyId, caller }
    const proved = await attempt(deps.guard, ask, () => method.prove(ask, { code }))
    // Another process may have taken the very same code for the same passage.
    if (!proved.ok) return windows.isOpen(passage)
    await windows.open(passage)
    await tell(person, caller, passage, method)
    return true
  }

  async function tell(person: Person, caller: Caller, { keyId }: Passage, { name }: FactorMethod): Promise<void> {
    const event = { type: 'key.code_taken', outcome: 'success', resource: keyId, details: { kind: name } } as const
    await deps.store.write((tx) => recordOf(deps, tx, { person, caller }, event))
  }
}

function callerOf(principal: Principal, { client, header, id }: Request): Caller {
  const userAgent = header('user-agent')
  return { principal, address: client.text, userAgent: userAgent?.slice(0, 256) ?? null, requestId: id }
}
