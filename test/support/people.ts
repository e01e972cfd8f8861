import { randomBytes } from 'node:crypto'
import { Secret } from '../../src/core/index.ts'
import { operator } from '../../src/server/index.ts'
import type { Control } from './control.ts'

export type Made = { readonly id: string; readonly email: string; readonly password: string }

/** A person with a password that nobody guesses, made by the operator: verified, and with the role `user` unless told. */
export async function makePerson(
  { serving }: Pick<Control, 'serving'>,
  options: { email?: string; roles?: readonly string[]; organization?: string; verified?: boolean } = {},
): Promise<Made> {
  const { identity } = serving.system
  const password = `correct horse ${randomBytes(8).toString('hex')}`
  const email = options.email ?? `p${randomBytes(6).toString('hex')}@example.com`
  const caller = { principal: operator, address: null, userAgent: 'test', requestId: null }
  const made = await identity.people.create(
    {
      email,
      name: 'Ada Lovelace',
      language: 'en',
      organization: options.organization ?? 'org_default',
      roles: options.roles ?? ['user'],
      verified: options.verified ?? true,
      password: new Secret(password),
    },
    caller,
  )
  if (!made.ok) throw new Error(JSON.stringify(made.problem))
  return { id: made.value.person.id, email, password }
}
