import { duration, integer, section } from '../fields.ts'
import { tierOfField, tiersField } from './limits-tier.ts'

export const limitsFields = {
  limits: section(
    'How rate limits and quotas are counted. With Redis all processes share them; without it each counts for itself.',
    {
      timeout: duration('How long a request waits for Redis before its limits are decided in this process alone.', {
        min: '5ms',
        max: '5s',
        default: '250ms',
      }),
      processes: integer(
        'How many processes share the limits, at least. While Redis is away each admits its part; how many there are is known from Redis once it has answered.',
        { min: 1, max: 10_000, default: 1 },
      ),
      tiers: tiersField,
      tierOf: tierOfField,
    },
  ),
}
