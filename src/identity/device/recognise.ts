import { actorOf, type Caller, createId, type Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { circumstancesOf } from '../circumstances.ts'
import type { IdentityDeps } from '../deps.ts'
import { emailKeyOf, type Person } from '../person/person.ts'
import { labelOf } from '../session/label.ts'
import { tablesOf } from '../tables.ts'
import { newToken } from '../token.ts'
import { type Browser, deviceOfPerson } from './browser.ts'
import type { Device } from './device.ts'
import { devicesOf, forgetDevices, insertDevice, MOST_DEVICES, moveDevices } from './store.ts'

/** The device that somebody signed in with, and a token for its cookie where it gets another one. */
export type Recognised = { readonly device: Device; readonly token: Secret | null; readonly isNew: boolean }

/**
 * Remembers a browser as a device of a person who has just signed in with it. Its cookie gets another token when it is
 * new to them, and when it is to stand for a second factor: who had it before, or planted theirs, has no part in that.
 */
export async function recogniseDevice(
  deps: Pick<IdentityDeps, 'clock' | 'settings' | 'countryOf' | 'notices' | 'audit'>,
  tx: Transaction,
  person: Person,
  { browser, caller, trust }: { browser: Browser; caller: Caller; trust: boolean },
): Promise<Recognised> {
  const now = deps.clock.now()
  const seen = {
    lastAt: now,
    lastAddress: caller.address,
    lastCountry: caller.address === null ? null : deps.countryOf(caller.address),
    ...(trust ? { trustedUntil: now + deps.settings.signIn.trustDevices } : {}),
  }
  const known = deviceOfPerson(browser, person.id)
  if (known !== null && (await touch(tx, known.id, seen))) {
    return { device: { ...known, ...seen }, token: trust ? await renewToken(tx, browser) : null, isNew: false }
  }
  const { text, digest } = newToken('spd')
  const device: Device = {
    id: createId('dev', now),
    personId: person.id,
    emailKey: emailKeyOf(person.email),
    label: labelOf(caller.userAgent),
    firstAt: now,
    trustedUntil: null,
    ...seen,
  }
  const before = await devicesOf(tablesOf(tx), person.id)
  // Whoever else signs in with this browser is known by the new token as well.
  if (browser.digest !== null) await moveDevices(tx, browser.digest, digest)
  await insertDevice(tx, device, digest)
  await forgetDevices(tx, before.slice(MOST_DEVICES - 1))
  await tellNew(deps, tx, person, device, caller, before.length > 0)
  return { device, token: text, isNew: true }
}

// Of several at once one gets it; the others leave the cookie as that one set it.
async function renewToken(tx: Transaction, { digest: former }: Browser): Promise<Secret | null> {
  const { text, digest } = newToken('spd')
  return former !== null && (await moveDevices(tx, former, digest)) > 0 ? text : null
}

// The first device is how somebody began; there is nothing to warn of.
async function tellNew(
  deps: Pick<IdentityDeps, 'clock' | 'countryOf' | 'notices' | 'audit'>,
  tx: Transaction,
  person: Person,
  device: Device,
  caller: Caller,
  hadOthers: boolean,
): Promise<void> {
  const { organization, language, email, name } = person
  await deps.audit.append(tx, {
    ...actorOf(caller),
    principalKind: 'user',
    principal: person.id,
    organization,
    type: 'device.new',
    outcome: 'success',
    resource: device.id,
    details: { label: device.label },
  })
  if (!hadOthers) return
  const data = { name, device: device.label, ...circumstancesOf(deps, caller, language) }
  await deps.notices.mail(tx, { to: [email], template: 'new_device', data, language, organization })
}

type Seen = Pick<Device, 'lastAt' | 'lastAddress' | 'lastCountry'> & Partial<Pick<Device, 'trustedUntil'>>

async function touch(tx: Transaction, id: string, seen: Seen): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('device')
    .set({
      last_at: seen.lastAt,
      last_address: seen.lastAddress,
      last_country: seen.lastCountry,
      ...(seen.trustedUntil === undefined ? {} : { trusted_until: seen.trustedUntil }),
    })
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
