import type { Transaction } from '../../store/index.ts'
import { type DeviceRow, type Tables, tablesOf } from '../tables.ts'
import type { Device } from './device.ts'

export function deviceOf(row: DeviceRow): Device {
  return {
    id: row.id,
    personId: row.person_id,
    label: row.label,
    firstAt: row.first_at,
    lastAt: row.last_at,
    lastAddress: row.last_address,
    lastCountry: row.last_country,
    trustedUntil: row.trusted_until,
  }
}

/** The devices of a cookie: one for each person who signed in with that browser. */
export async function findDevices(db: Tables, digest: Uint8Array): Promise<Device[]> {
  const rows = await db.selectFrom('device').selectAll().where('digest', '=', digest).limit(20).execute()
  return rows.map(deviceOf)
}

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
