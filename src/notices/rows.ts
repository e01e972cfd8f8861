import { OWN, ofParent, type RowRules } from '../store/index.ts'

/** Whose the rows of this module are. `webhook_position` is of nobody. */
export const noticeRows: RowRules = {
  mail: OWN,
  webhook: OWN,
  webhook_attempt: ofParent('delivery_id', 'webhook_delivery'),
  webhook_delivery: OWN,
}
