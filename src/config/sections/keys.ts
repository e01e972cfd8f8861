import { choice, duration, integer, list, section } from '../fields.ts'
import { classificationsField } from './classifications.ts'

export const keysFields = {
  keys: section('API keys.', {
    brand: choice('First part of every key (`sp_live_…`), by which secret scanners know it.', ['sp'], {
      default: 'sp',
    }),
    cache: integer('How many key records a process keeps in memory.', { min: 0, max: 10_000_000, default: 100_000 }),
    classifications: classificationsField,
    refusalDelay: duration(
      'A credential that proves nothing is answered no sooner than this, so that time tells nothing about it.',
      {
        min: '0ms',
        max: '5s',
        default: '20ms',
      },
    ),
    rotationEvery: duration('How often the processes look for keys whose rotation or notice is due.', {
      min: '1s',
      max: '1h',
      default: '1m',
    }),
    rotationApproval: list(
      'Classifications whose keys are rotated only after another person approved it.',
      choice('A classification.', ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], {}),
      { maxItems: 4, default: ['CRITICAL', 'HIGH'] },
    ),
  }),
}
