import type { Rule } from '../../limits/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How often what may be asked that costs work or sends a mail. Each counts by what its name says. */
export const PERSON_RULES = {
  /** Judging and generating passwords: each costs a thread some time. */
  passwordWorkByAddress: { name: 'password-work-address', max: 60, per: MINUTE, burst: null },
  /** Mails that a stranger has sent to many addresses. */
  mailByAddress: { name: 'account-mail-address', max: 20, per: HOUR, burst: null },
  verifyMail: { name: 'verify-mail', max: 3, per: HOUR, burst: null },
  alreadyMail: { name: 'already-mail', max: 1, per: HOUR, burst: null },
  emailChangeByPerson: { name: 'email-change-person', max: 5, per: HOUR, burst: null },
  exportByPerson: { name: 'export-person', max: 5, per: HOUR, burst: null },
  activityByPerson: { name: 'activity-person', max: 30, per: MINUTE, burst: null },
} as const satisfies Readonly<Record<string, Rule>>
