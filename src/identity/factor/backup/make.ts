import { randomBytes } from 'node:crypto'
import { type Caller, Secret } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import type { Person } from '../../person/person.ts'
import { recordOf } from '../tell.ts'
import { backupCodeOf, writeBackupCode } from '../typed-code.ts'
import { replaceCodes } from './store.ts'

type Deps = Pick<IdentityDeps, 'audit' | 'factorVault'>
type About = { readonly person: Person; readonly caller: Caller }

const COUNT = 10

/**
 * Makes ten backup codes for somebody and ends those they had. They are told this once: digests alone are kept. Whoever
 * gives somebody their first second factor calls it, in the same transaction.
 */
export async function makeBackupCodes(deps: Deps, tx: Transaction, about: About): Promise<readonly Secret[]> {
  const { person } = about
  const codes = Array.from({ length: COUNT }, () => writeBackupCode(randomBytes(COUNT)))
  const digests = codes.map((code) => digestOfBackup(deps, person.id, backupCodeOf(code) ?? ''))
  await replaceCodes(tx, person.id, digests)
  const details = { count: COUNT }
  await recordOf(deps, tx, about, { type: 'backup_codes.made', outcome: 'success', resource: person.id, details })
  return codes.map((code) => new Secret(code))
}

/** What is kept of a backup code. @param code the ten signs */
export function digestOfBackup({ factorVault }: Pick<Deps, 'factorVault'>, personId: string, code: string): Uint8Array {
  return factorVault.digest(code, ['backup', personId])
}
