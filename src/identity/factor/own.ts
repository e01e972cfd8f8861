import type { Notices } from '../../notices/index.ts'
import { findPerson } from '../person/store.ts'
import type { Tables } from '../tables.ts'
import type { FactorName } from './method.ts'

type Deps = { readonly notices: Pick<Notices, 'canText'> }

/** Second factors that somebody enrolled themselves, and how many of each. */
export type OwnFactors = Readonly<Record<Extract<FactorName, 'totp' | 'passkey' | 'sms'>, number>>

/**
 * What somebody enrolled: apps, passkeys, and a telephone number that was verified. Codes by mail are there for
 * everybody, and backup codes only stand in for these.
 */
export async function ownFactorsOf({ notices }: Deps, db: Tables, personId: string): Promise<OwnFactors> {
  const apps = db.selectFrom('factor').select('id').where('kind', '=', 'totp').where('active', '=', 1)
  const passkeys = db.selectFrom('passkey').select('id')
  const [totp, passkey, person] = await Promise.all([
    apps.where('person_id', '=', personId).limit(MOST).execute(),
    passkeys.where('person_id', '=', personId).limit(MOST).execute(),
    findPerson(db, personId),
  ])
  const sms = notices.canText && person !== null && person.phone !== null && person.phoneVerifiedAt !== null
  return { totp: totp.length, passkey: passkey.length, sms: sms ? 1 : 0 }
}

/** How many second factors of their own somebody has. */
export async function countOwnFactors(deps: Deps, db: Tables, personId: string): Promise<number> {
  const { totp, passkey, sms } = await ownFactorsOf(deps, db, personId)
  return totp + passkey + sms
}

const MOST = 100
