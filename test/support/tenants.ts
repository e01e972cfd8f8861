import { newKeyOf } from '../../src/keys/index.ts'
import { operator } from '../../src/server/index.ts'
import type { Control } from './control.ts'

/** A control plane as one organization sees it: keys made by it belong there, and so do the mails that they read. */
export function tenantOf(control: Control, organization: string): Pick<Control, 'call' | 'keyWith'> {
  const caller = { principal: { ...operator, organization }, address: null, userAgent: 'test', requestId: null }
  const keyWith: Control['keyWith'] = async (permissions, more = {}) => {
    const wish = { ...newKeyOf({ name: 'test' }), permissions, ...more }
    const made = await control.serving.system.keys.create(wish, caller, null)
    if (!made.ok || made.value.secret === null) throw new Error(JSON.stringify(made))
    return { id: made.value.key.id, key: made.value.secret.reveal(), owner: made.value.key.owner.id }
  }
  return Object.freeze({ call: control.call, keyWith })
}
