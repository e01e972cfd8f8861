import type { Migrations } from '../../store/index.ts'
import * as seen from './0610_inventory_seen.ts'

export const inventoryMigrations: Migrations = { '0610_inventory_seen': seen }
