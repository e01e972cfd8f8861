import type { Migrations } from '../../store/index.ts'
import * as mail from './0130_notices_mail.ts'

export const noticeMigrations: Migrations = { '0130_notices_mail': mail }
