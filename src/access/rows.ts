import { OWN, type RowRules } from '../store/index.ts'

/** Whose the rows of this module are. */
export const accessRows: RowRules = {
  access_entity: OWN,
  access_grant: OWN,
  access_policy: OWN,
  access_policy_book: OWN,
  access_policy_version: OWN,
  access_question: OWN,
  access_relation_state: OWN,
  access_role: OWN,
  access_tuple: OWN,
  access_use: OWN,
}
