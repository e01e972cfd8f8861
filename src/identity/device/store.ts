import type { Transaction } from '../../store/index.ts'
import { type DeviceRow, type Tables, tablesOf } from '../tables.ts'
import type { Device } from './device.ts'

type Row = DeviceRow & { email_key: string }

export function deviceOf(row: Row): Device {
  return {
    id: row.id,
    personId: row.person_id,
    emailKey: row.email_key,
    label: row.label,
    firstAt: row.first_at,
    lastAt: row.last_at,
    lastAddress: row.last_address,
    lastCountry: row.last_country,
    trustedUntil: row.trusted_until,
  }
}

function devices(db: Tables) {
  return db
    .selectFrom('device')
    .innerJoin('person', 'person.id', 'device.person_id')
    .selectAll('device')
    .select('person.email_key')
}

/** The devices of a cookie: one for each person who signed in with that browser. */
export async function findDevices(db: Tables, digest: Uint8Array): Promise<Device[]> {
  return (await devices(db).where('device.digest', '=', digest).limit(20).execute()).map(deviceOf)
}

/** What somebody signed in with, latest first. */
export async function devicesOf(db: Tables, personId: string): Promise<Device[]> {
  const rows = await devices(db)
    .where('device.person_id', '=', personId)
    .orderBy('device.last_at', 'desc')
    .limit(MOST_DEVICES)
    .execute()
  return rows.map(deviceOf)
}

/** How many devices of one person are remembered; the one unused for longest is forgotten. */
export const MOST_DEVICES = 50

export async function insertDevice(tx: Transaction, device: Device, digest: Uint8Array): Promise<void> {
  await tablesOf(tx)
    .insertInto('device')
    .values({
      id: device.id,
      person_id: device.personId,
      digest,
      label: device.label,
      first_at: device.firstAt,
      last_at: device.lastAt,
      last_address: device.lastAddress,
      last_country: device.lastCountry,
      trusted_until: device.trustedUntil,
    })
    .execute()
}

/** Lets another cookie say what one said so far. @returns how many devices it was */
export async function moveDevices(tx: Transaction, from: Uint8Array, to: Uint8Array): Promise<number> {
  const moved = await tablesOf(tx)
    .updateTable('device')
    .set({ digest: to })
    .where('digest', '=', from)
    .executeTakeFirst()
  return Number(moved.numUpdatedRows)
}

/** Forgets devices: their cookies say nothing any more. @returns how many there were */
export async function forgetDevices(tx: Transaction, forgotten: readonly Pick<Device, 'id'>[]): Promise<number> {
  if (forgotten.length === 0) return 0
  const ids = forgotten.map(({ id }) => id)
  const { numDeletedRows } = await tablesOf(tx).deleteFrom('device').where('id', 'in', ids).executeTakeFirst()
  return Number(numDeletedRows)
}

/** Devices of a person that stood for the second factor do so no more. @returns how many did */
export async function withdrawTrust(tx: Transaction, personId: string, now: number): Promise<number> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('device')
    .set({ trusted_until: null })
    .where('person_id', '=', personId)
    .where('trusted_until', '>', now)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
