import type { Transaction } from '../../store/index.ts'
import { tablesOf } from '../tables.ts'
import type { Language } from './person.ts'
import { findPerson } from './store.ts'

/** Somebody to write to. */
export type Contact = { readonly name: string; readonly address: string; readonly language: Language }

/** Finds people to write to about what is theirs; null for who has not shown that the address is their own. */
export async function findContact(tx: Transaction, id: string): Promise<Contact | null> {
  const person = await findPerson(tablesOf(tx), id)
  if (person === null || person.verifiedAt === null) return null
  return { name: person.name, address: person.email, language: person.language }
}
