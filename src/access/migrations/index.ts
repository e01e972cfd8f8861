import type { Migrations } from '../../store/index.ts'
import * as accessPolicy from './0500_access_policy.ts'
import * as accessEntity from './0501_access_entity.ts'
import * as role from './0520_access_role.ts'
import * as grant from './0521_access_grant.ts'
import * as use from './0530_access_use.ts'

export const accessMigrations: Migrations = {
  '0500_access_policy': accessPolicy,
  '0501_access_entity': accessEntity,
  '0520_access_role': role,
  '0521_access_grant': grant,
  '0530_access_use': use,
}
