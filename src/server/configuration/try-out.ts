import { FIXED_AT_START, formatProblem, type WrittenGateway } from '../../config/index.ts'
import type { FieldError } from '../../core/index.ts'
import type { System } from '../system.ts'
import { reasonsOf } from './live.ts'
import type { Reread } from './reread.ts'

/** Everything that is wrong with settings of the gateway, as the gateway itself would find it: nothing of them is in force. */
export async function tryOut(system: System, reread: Reread, gateway: WrittenGateway): Promise<readonly FieldError[]> {
  const fixed = FIXED_AT_START.filter((name) => Object.hasOwn(gateway, name))
  if (fixed.length > 0) return fixed.map((name) => ({ path: `gateway.${name}`, message: OF_A_PROCESS }))
  const loaded = await reread.load({ gateway, name: SENT })
  if (!loaded.ok) return loaded.problems.map(fieldError)
  const faults = system.live.faultsOf(loaded.value)
  if (faults.length > 0) return faults.map(fieldError)
  // A process that only answers the control plane has no gateway loaded.
  const { tryGateway } = await import('../gateway/gateway.ts')
  try {
    await tryGateway(system, loaded.value.gateway)
    return []
  } catch (error) {
    return reasonsOf(error, loaded.value).map(fieldError)
  }
}

const SENT = 'what was sent'
const OF_A_PROCESS = 'belongs to each process: it is set in its file, and takes a restart'

// Where something stands is told only of what the caller did not send.
function fieldError({ file, path, message, ...rest }: Parameters<typeof formatProblem>[0]): FieldError {
  const place = file === undefined || file === SENT ? '' : formatProblem({ ...rest, file, path: '', message: '' })
  return {
    path: path === '' ? 'gateway' : path,
    message: place === '' ? message : `${message} (${place.replace(/: $/, '')})`,
  }
}
