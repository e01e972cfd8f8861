import type { Migrations } from '../../store/index.ts'
import * as signingKey from './0200_oauth_signing_key.ts'
import * as oauthClient from './0202_oauth_client.ts'

export const oauthMigrations: Migrations = {
  '0200_oauth_signing_key': signingKey,
  '0202_oauth_client': oauthClient,
}
