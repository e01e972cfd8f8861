import { OWN, ofParent, type RowRules } from '../store/index.ts'

const OF_CLIENT = ofParent('client_id', 'oauth_client')

/**
 * Whose the rows of this module are. What the protocol keeps before an organization is known belongs to none, and neither
 * do keys that sign, and what ends tokens.
 */
export const oauthRows: RowRules = {
  oauth_client: OWN,
  oauth_client_secret: OF_CLIENT,
  oauth_consent: OWN,
  oauth_consent_item: ofParent('consent_id', 'oauth_consent'),
  oauth_entity: OWN,
  oauth_registration: OF_CLIENT,
  oauth_registration_token: OWN,
}
