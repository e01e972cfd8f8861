import { actorOf, type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import type { Device } from './device.ts'
import { devicesOf, forgetDevices, withdrawTrust } from './store.ts'

/** What a person sees and does with the devices they signed in with. */
export type OwnDevices = {
  /** Latest first. */
  readonly list: (caller: Caller) => Promise<Device[]>
  /** Forgets a device: its next sign-in is one from a stranger. Errors: `DEVICE_UNKNOWN`. */
  readonly forget: (id: string, caller: Caller) => Promise<Result<null>>
  /** No device stands for the second factor any more. @returns how many did */
  readonly trustNone: (caller: Caller) => Promise<number>
}

export function createOwnDevices(deps: Pick<IdentityDeps, 'store' | 'audit' | 'clock'>): OwnDevices {
  const { store } = deps

  const list: OwnDevices['list'] = ({ principal }) => devicesOf(tablesOf(store), principal.id)

  const forget: OwnDevices['forget'] = (id, caller) =>
    store.write(async (tx) => {
      const device = (await devicesOf(tablesOf(tx), caller.principal.id)).find((it) => it.id === id)
      if (device === undefined) return refused(refuseIdentity('DEVICE_UNKNOWN'))
      await forgetDevices(tx, [device])
      await tell(tx, caller, 'device.forgotten', id)
      return done(null)
    })

  const trustNone: OwnDevices['trustNone'] = (caller) =>
    store.write(async (tx) => {
      const count = await withdrawTrust(tx, caller.principal.id, deps.clock.now())
      if (count > 0) await tell(tx, caller, 'device.trust_withdrawn', caller.principal.id)
      return count
    })

  async function tell(tx: Transaction, caller: Caller, type: string, resource: string): Promise<void> {
    await deps.audit.append(tx, { ...actorOf(caller), type, outcome: 'success', resource })
  }

  return Object.freeze({ list, forget, trustNone })
}
