import type { Message, TemplateName, ValuesOf } from '../../notices/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Key } from '../key.ts'
import { findService } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import type { RotationSurroundings } from './surroundings.ts'

type Named = 'key' | 'keyId' | 'owner'
type MailedKey = Pick<Key, 'id' | 'name' | 'owner' | 'organization'>

/**
 * Writes a mail about a key to whoever its service names as contacts, or to the person whose it is. Nobody there: nothing
 * is sent, and the Event, which webhooks follow, is the only word of it.
 *
 * @param data what the template needs beside the key and its owner
 */
export async function mailOwner<T extends TemplateName>(
  deps: { readonly rotation: Pick<RotationSurroundings, 'mail' | 'personToTell'> },
  tx: Transaction,
  key: MailedKey,
  template: T,
  data: Omit<ValuesOf<T>, Named>,
): Promise<void> {
  const { name, contacts, ...spoken } = await ownerOf(deps, tx, key)
  if (contacts.length === 0) return
  const about = { key: key.name, keyId: key.id, ...(OWNERLESS.has(template) ? {} : { owner: name }) }
  // The compiler cannot follow one template through the table; the parameters above did.
  const message = { to: contacts, template, data: { ...about, ...data }, organization: key.organization, ...spoken }
  await deps.rotation.mail(tx, message as unknown as Message)
}

/** Where a secret store keeps a key, for mails; null when there is no store. */
export function placeOf(store: { readonly name: string; readonly path: string } | null | undefined): string | null {
  return store ? `${store.name}, ${store.path}` : null
}

const OWNERLESS: ReadonlySet<TemplateName> = new Set(['approval_wanted', 'approval_decided', 'emergency_rotation'])

type Told = { readonly name: string; readonly contacts: readonly string[]; readonly language?: 'en' | 'de' }

async function ownerOf(
  { rotation }: { readonly rotation: Pick<RotationSurroundings, 'personToTell'> },
  tx: Transaction,
  { owner, organization }: MailedKey,
): Promise<Told> {
  if (owner.kind === 'user') {
    const person = await rotation.personToTell?.(tx, owner.id)
    return person == null
      ? { name: owner.id, contacts: [] }
      : { name: person.name, contacts: [person.address], language: person.language }
  }
  const service = await findService(tx.tables<KeyTables>(), organization, { id: owner.id })
  return { name: service?.name ?? owner.id, contacts: service?.contacts ?? [] }
}
