import { type Caller, organizationOf } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { holdName, holdOwner } from '../classification-store.ts'
import type { Owner } from '../key.ts'
import { DEFAULT_SERVICE_NAME, nameToHold } from '../service/service.ts'
import type { KeyTables } from '../tables.ts'

type Owned = { readonly owner: Owner | null; readonly service: string | null }

/**
 * Holds everything that an import may touch before its first Event is written, whose lock is the last: the names of
 * services that it may register, then the owners whose keys are counted, each in one order. Imports come one after the
 * other, so that of two that bring the same key the second sees the first.
 */
export async function holdForImport(tx: Transaction, keys: readonly Owned[], caller: Caller): Promise<void> {
  if (tx.dialect !== 'postgres') return
  const organization = organizationOf(caller)
  const { id, kind } = caller.principal
  const own: Owner[] = kind === 'user' || kind === 'service' ? [{ kind, id }] : []
  const owners = [...own, ...keys.flatMap(({ owner }) => (owner === null ? [] : [owner]))]
  const names = sorted(keys.map(({ service, owner }) => service ?? (owner === null ? DEFAULT_SERVICE_NAME : null)))
  await holdName(tx, 'import')
  for (const name of names) await holdName(tx, nameToHold(name, organization))
  await holdServices(tx, organization, names, sorted(owners.map((it) => (it.kind === 'service' ? it.id : null))))
  const people = sorted(owners.map((it) => (it.kind === 'user' ? it.id : null)))
  for (const person of people) await holdOwner(tx, { kind: 'user', id: person })
}

async function holdServices(tx: Transaction, organization: string, names: readonly string[], ids: readonly string[]) {
  await tx
    .tables<KeyTables>()
    .selectFrom('service')
    .select('id')
    .where('organization', '=', organization)
    .where((row) =>
      row.or([row('name', '=', row.fn.any(row.val([...names]))), row('id', '=', row.fn.any(row.val([...ids])))]),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
}

function sorted(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))].sort()
}
