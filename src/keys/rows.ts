import { OWN, ofParent, type RowRules } from '../store/index.ts'

const OF_KEY = ofParent('key_id', 'api_key')

/** Whose the rows of this module are. `key_pepper` and `key_expiry` are of nobody. */
export const keyRows: RowRules = {
  api_key: OWN,
  api_key_foreign: OF_KEY,
  api_key_quota: OF_KEY,
  api_key_signature: OF_KEY,
  api_key_tag: OF_KEY,
  // What all keys of an organization did lies under the organization's own id.
  api_key_traffic: { condition: `$row.key_id = $organization or ${OF_KEY.condition}` },
  api_key_use: OF_KEY,
  approval: OWN,
  key_rotation: OWN,
  key_schedule: OF_KEY,
  service: OWN,
}
