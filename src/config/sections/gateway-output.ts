import { list, orNull, section, size, text } from '../fields.ts'
import { PLACE } from './access-properties.ts'
import { errorsField, leaksField } from './gateway-answers.ts'
import { headerChangesField } from './gateway-headers.ts'

export const outputField = section('What an answer may tell.', {
  headers: headerChangesField,
  errors: errorsField,
  leaks: leaksField,
  properties: orNull(
    text(
      'The type in `access.properties` whose readable properties are let through. The answer must be JSON then; anything else is withheld.',
      { maxLength: 64 },
    ),
  ),
  at: orNull(
    text('Where the objects stand in the answer. null takes the whole answer as one object, or a list of them.', {
      pattern: PLACE,
      form: 'must be a place such as `items[]`, `data.orders[]` or `order`',
      maxLength: 255,
      examples: ['items[]'],
    }),
  ),
  beside: list(
    'What is let through beside the objects, such as `next`.',
    text('A property outside of `at`.', { maxLength: 255 }),
    { default: [], maxItems: 64 },
  ),
  maxBody: size('Largest answer that is read for this; a larger one is withheld.', {
    min: '1kb',
    max: '64mb',
    default: '1mb',
  }),
})
