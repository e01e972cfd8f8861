import type { Migrations } from '../../store/index.ts'
import * as version from './0600_rollout_version.ts'

export const rolloutMigrations: Migrations = { '0600_rollout_version': version }
