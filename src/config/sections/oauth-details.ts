import { choice, flag, list, orNull, section, text } from '../fields.ts'

const word = (sentence: string, example: string) =>
  text(sentence, {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$',
    form: 'must be up to 128 letters, digits, `.`, `_`, `:`, `/` and `-`',
    examples: [example],
  })

const fieldOfDetail = section('A member of the details, besides those that RFC 9396 names.', {
  name: text('Its name; a dot leads into an object.', {
    pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}(\\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,3}$',
    form: 'must be names with dots between them, such as amount.value',
    examples: ['amount.value'],
  }),
  kind: choice('What it is.', ['text', 'number', 'flag'], { default: 'text' }),
  required: flag('Whether a request without it is refused.', { default: true }),
})

/** What may be asked for in detail (RFC 9396). */
export const oauthDetailsField = list(
  'What clients may ask for in detail (`authorization_details`, RFC 9396). People agree to each such request by itself.',
  section('A kind of detail.', {
    type: word('Its `type`, by which clients name it.', 'payment'),
    sentence: orNull(
      text('What people are shown above what the client fills in; the type unless told.', {
        maxLength: 200,
        examples: ['Pay from your account'],
      }),
    ),
    actions: list('The `actions` that there are.', word('An action.', 'initiate'), { default: [], maxItems: 50 }),
    datatypes: list('The `datatypes` that there are.', word('A data type.', 'contacts'), { default: [], maxItems: 50 }),
    fields: list('Its other members. A request with one that is not here is refused.', fieldOfDetail, {
      default: [],
      maxItems: 50,
    }),
  }),
  { default: [], maxItems: 50 },
)
