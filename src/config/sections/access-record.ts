import { integer, section } from '../fields.ts'

/** What is kept of decisions (row A10). Every deny is recorded, whatever stands here. */
export const accessRecordField = section('What is kept of decisions. Every deny is recorded.', {
  allowOneIn: integer('Of the decisions that allow, one in so many is recorded; 1 records all.', {
    min: 1,
    max: 1_000_000,
    default: 100,
  }),
  questions: integer(
    'How many recorded questions of an organization are kept for dry runs of policies; 0 keeps none.',
    {
      min: 0,
      max: 10_000,
      default: 2500,
    },
  ),
})
