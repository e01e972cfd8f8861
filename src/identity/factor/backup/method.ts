import type { Caller } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import { circumstancesOf } from '../../circumstances.ts'
import type { IdentityDeps } from '../../deps.ts'
import type { Person } from '../../person/person.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import type { FactorMethod } from '../method.ts'
import { recordOf } from '../tell.ts'
import { backupCodeOf } from '../typed-code.ts'
import { digestOfBackup } from './make.ts'
import { codesLeft, takeCode } from './store.ts'

/** With so many left their person is told that they are few. */
const FEW = 3

/** Backup codes as a second factor: each works once, and each use is told by mail (row I5). */
export function createBackupMethod(deps: IdentityDeps): FactorMethod {
  const { store } = deps
  return Object.freeze({
    name: 'backup_code',
    enrolls: false,
    ready: async ({ id }) => (await codesLeft(tablesOf(store), id)) > 0,
    prove: async ({ person, caller }, { code }) => {
      const typed = backupCodeOf(code)
      const taken = typed !== null && (await store.write((tx) => redeem(deps, tx, { person, caller }, typed)))
      return taken ? { is: 'proved', method: 'backup_code' } : { is: 'wrong', problem: refuseIdentity('CODE_WRONG') }
    },
  } satisfies FactorMethod)
}

type About = { readonly person: Person; readonly caller: Caller }

async function redeem(deps: IdentityDeps, tx: Transaction, about: About, code: string): Promise<boolean> {
  const { person } = about
  const digest = digestOfBackup(deps, person.id, code)
  if (!(await takeCode(tx, person.id, digest, deps.clock.now()))) return false
  const left = await codesLeft(tablesOf(tx), person.id)
  const details = { left }
  await recordOf(deps, tx, about, { type: 'backup_code.used', outcome: 'success', resource: person.id, details })
  await tellUse(deps, tx, about, left)
  return true
}

async function tellUse(deps: IdentityDeps, tx: Transaction, { person, caller }: About, left: number): Promise<void> {
  const { name, email, language, organization } = person
  const to = { to: [email], language, organization }
  const data = { name, left, ...circumstancesOf(deps, caller, language) }
  await deps.notices.mail(tx, { ...to, template: 'backup_code_used', data })
  if (left === FEW) await deps.notices.mail(tx, { ...to, template: 'backup_codes_low', data: { name, left } })
}
