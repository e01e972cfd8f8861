import type { Migrations } from '../../store/index.ts'
import * as signingKey from './0200_oauth_signing_key.ts'
import * as signingKeyLife from './0201_oauth_signing_key_life.ts'
import * as oauthClient from './0202_oauth_client.ts'
import * as entity from './0203_oauth_entity.ts'
import * as tokenRevocation from './0204_oauth_token_revocation.ts'
import * as tokenSeen from './0205_oauth_token_seen.ts'
import * as consent from './0207_oauth_consent.ts'
import * as refreshReplay from './0208_oauth_refresh_replay.ts'
import * as logoutNotice from './0210_oauth_logout_notice.ts'
import * as registration from './0211_oauth_registration.ts'
import * as clientUnused from './0212_oauth_client_unused.ts'
import * as entityOrganization from './0213_oauth_entity_organization.ts'

export const oauthMigrations: Migrations = {
  '0200_oauth_signing_key': signingKey,
  '0201_oauth_signing_key_life': signingKeyLife,
  '0202_oauth_client': oauthClient,
  '0203_oauth_entity': entity,
  '0204_oauth_token_revocation': tokenRevocation,
  '0205_oauth_token_seen': tokenSeen,
  '0207_oauth_consent': consent,
  '0208_oauth_refresh_replay': refreshReplay,
  '0210_oauth_logout_notice': logoutNotice,
  '0211_oauth_registration': registration,
  '0212_oauth_client_unused': clientUnused,
  '0213_oauth_entity_organization': entityOrganization,
}
