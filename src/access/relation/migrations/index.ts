import type { Migrations } from '../../../store/index.ts'
import * as relations from './0510_access_relations.ts'

export const relationMigrations: Migrations = {
  '0510_access_relations': relations,
}
