import type { Message, TemplateName, ValuesOf } from '../../notices/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Key } from '../key.ts'
import { findService } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import type { RotationSurroundings } from './surroundings.ts'

type Named = 'key' | 'keyId' | 'owner'
type MailedKey = Pick<Key, 'id' | 'name' | 'owner' | 'organization'>

/**
 * Writes a mail about a key to whoever its service names as contacts. Nobody named: nothing is sent, and the Event, which
 * webhooks follow, is the only word of it.
 *
 * @param data what the template needs beside the key and its owner
 */
export async function mailOwner<T extends TemplateName>(
  deps: { readonly rotation: Pick<RotationSurroundings, 'mail'> },
  tx: Transaction,
  key: MailedKey,
  template: T,
  data: Omit<ValuesOf<T>, Named>,
): Promise<void> {
  const { name, contacts } = await ownerOf(tx, key)
  if (contacts.length === 0) return
  const about = { key: key.name, keyId: key.id, ...(OWNERLESS.has(template) ? {} : { owner: name }) }
  // The compiler cannot follow one template through the table; the parameters above did.
  const message = { to: contacts, template, data: { ...about, ...data }, organization: key.organization }
  await deps.rotation.mail(tx, message as unknown as Message)
}

/** Where a secret store keeps a key, for mails; null when there is no store. */
export function placeOf(store: { readonly name: string; readonly path: string } | null | undefined): string | null {
  return store ? `${store.name}, ${store.path}` : null
}

const OWNERLESS: ReadonlySet<TemplateName> = new Set(['approval_wanted', 'approval_decided', 'emergency_rotation'])

async function ownerOf(tx: Transaction, { owner, organization }: MailedKey) {
  if (owner.kind !== 'service') return { name: owner.id, contacts: [] }
  const service = await findService(tx.tables<KeyTables>(), organization, { id: owner.id })
  return service ?? { name: owner.id, contacts: [] }
}
