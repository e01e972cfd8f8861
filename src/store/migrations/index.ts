import type { Migrations } from '../migrate.ts'
import { base } from './0000-base.ts'

/** The store's own migrations. `openStore` always includes them. */
export const storeMigrations: Migrations = { '0000_store_base': base }
