import type { Migrations } from '../../store/index.ts'
import * as signingKey from './0200_oauth_signing_key.ts'

export const oauthMigrations: Migrations = { '0200_oauth_signing_key': signingKey }
