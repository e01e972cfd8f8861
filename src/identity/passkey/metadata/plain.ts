import { type Authenticator, type Authenticators, aaguidOf, iconOf, nameOf } from './authenticators.ts'

/**
 * Reads names and icons from plain JSON, AAGUID to `name` and `icon_light` (or `icon`), as the community list of passkey
 * providers has them. It is signed by nobody and vouches for nothing.
 *
 * @throws when it has another form
 */
export function readPlainMetadata(text: string): Authenticators {
  const found = new Map<string, Authenticator>()
  const given: unknown = JSON.parse(text)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('is not a list by AAGUID')
  for (const [key, value] of Object.entries(given)) {
    const aaguid = aaguidOf(key)
    const name = nameOf(value?.name)
    if (aaguid === null || name === null) throw new Error(`has an entry that is no authenticator: ${key.slice(0, 64)}`)
    const icon = iconOf(value.icon_light ?? value.icon)
    found.set(aaguid, { name, icon, roots: [], compromised: false })
  }
  return found
}
