import { integer, nullable, section } from '../fields.ts'

/** What a classification asks of its keys (row K7). */
function classificationField(name: string, days: number, mostActive: number) {
  return section(`Keys classified ${name}.`, {
    days: integer('Days that such a key lives at the most, and when nobody says how long.', {
      min: 1,
      max: 365,
      default: days,
    }),
    mostActive: nullable(
      integer('Most active ones of a service. null means no limit.', { min: 0, max: 1_000_000, default: mostActive }),
    ),
  })
}

export const classificationsField = section('What each classification asks of a key.', {
  CRITICAL: classificationField('CRITICAL', 30, 1),
  HIGH: classificationField('HIGH', 60, 2),
  MEDIUM: classificationField('MEDIUM', 90, 5),
  LOW: classificationField('LOW', 180, 10),
})
