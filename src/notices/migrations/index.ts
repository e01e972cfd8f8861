import type { Migrations } from '../../store/index.ts'
import * as mail from './0130_notices_mail.ts'
import * as webhooks from './0131_notices_webhooks.ts'
import * as sealed from './0240_notices_sealed.ts'

export const noticeMigrations: Migrations = {
  '0130_notices_mail': mail,
  '0131_notices_webhooks': webhooks,
  '0240_notices_sealed': sealed,
}
