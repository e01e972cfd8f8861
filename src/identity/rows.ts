import { OWN, ofParent, type RowRules } from '../store/index.ts'

const OF_PERSON = ofParent('person_id', 'person')

/**
 * Whose the rows of this module are. A person is of every organization that they are in. What begins before anybody is
 * known is of nobody: `sign_in`, `sign_in_failure`, `challenge`, `one_time_code`.
 */
export const identityRows: RowRules = {
  backup_code: OF_PERSON,
  device: OF_PERSON,
  factor: OF_PERSON,
  invitation: OWN,
  key_window: OF_PERSON,
  membership: OWN,
  organization: { column: 'id' },
  organization_domain: OWN,
  passkey: OF_PERSON,
  passkey_handle: OF_PERSON,
  password: OF_PERSON,
  password_past: OF_PERSON,
  person: {
    condition: `$row.organization = $organization or exists
      (select 1 from membership m where m.person_id = $row.id and m.organization = $organization)`,
  },
  recovery: OWN,
  session: OWN,
  ticket: OWN,
}
