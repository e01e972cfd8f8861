import { list, map, orNull, section, text } from '../fields.ts'

const NAMES = {
  names: '^[A-Za-z0-9-]{1,64}$',
  form: 'must be the name of a header: letters, digits and `-`',
  maxProperties: 32,
  default: {},
} as const

const value = text('The value; `{id}` stands for a parameter of the path.', {
  pattern: '^[\\u0020-\\u007e]*$',
  form: 'must be printable ASCII, on one line',
  minLength: 0,
  maxLength: 1024,
})

const changes = (sentence: string) =>
  section(sentence, {
    set: map('Headers that are written instead of what is there.', value, NAMES),
    add: map('Headers that are written beside what is there.', value, NAMES),
    remove: list('Headers that are taken away.', text('The name of a header.', { maxLength: 64 }), {
      default: [],
      maxItems: 32,
    }),
  })

export const rewriteField = section('What is changed on the way to the upstream and back.', {
  stripPrefix: orNull(
    text('Start of the path that the upstream does not see.', { maxLength: 1024, examples: ['/orders'] }),
  ),
  path: orNull(
    text(
      'The path that the upstream is asked for instead. `{id}` stands for a parameter of the path, `/**` at the end for what `**` matched.',
      { maxLength: 1024, examples: ['/v2/items/{id}'] },
    ),
  ),
  host: orNull(
    text('The host that the upstream is asked for; null for that of the target.', {
      pattern: '^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:[0-9]{1,5})?$',
      form: 'must be a host in lower case, with or without a port',
      maxLength: 255,
      examples: ['orders.internal'],
    }),
  ),
  headers: section('Headers that are written or taken away.', {
    request: changes('On the way to the upstream.'),
    response: changes('On the way back.'),
  }),
})
