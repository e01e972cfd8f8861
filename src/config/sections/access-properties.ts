import { choice, list, map, orNull, section, text } from '../fields.ts'

const TYPE = '^[A-Za-z][A-Za-z0-9._-]{0,63}$'
const NAME = '[^\\s.\\[\\]*"\\\\]{1,128}'
const PROPERTY = `^(\\*\\*|${NAME}(\\[\\]){0,4}(\\.${NAME}(\\[\\]){0,4}){0,15}(\\.\\*\\*)?)$`
const PROPERTY_FORM =
  'must be a property: `email`, `customer.email`, `items[].price`, `tags[]`, or `address.**` for all below'
const PART = '[A-Za-z0-9][A-Za-z0-9._-]{0,63}'

/** Where objects stand in a body. */
export const PLACE = `^(\\[\\]|${NAME}(\\[\\])?(\\.${NAME}(\\[\\])?){0,7})$`

function propertiesField(sentence: string) {
  return list(sentence, text('A property.', { pattern: PROPERTY, form: PROPERTY_FORM, maxLength: 255 }), {
    default: [],
    maxItems: 256,
  })
}

const audienceField = section('What these callers may see and write. Of several audiences the widest counts.', {
  permission: orNull(
    text(
      'Who they are: whoever holds this permission. `public`, which is everybody, and `owner`, whose it is, name none.',
      {
        pattern: `^${PART}:${PART}(:${PART})?$`,
        form: 'must be a permission such as `orders:support`',
        maxLength: 200,
      },
    ),
  ),
  readable: propertiesField(
    'What they may see. A property lets a single value through; what has others inside needs their paths, or `.**`.',
  ),
  writable: propertiesField('What they may write.'),
  masks: map(
    'What is left of a property: of a card `*1234`, of a social security number `***-**-6789`, of an e-mail address `j*n@example.com`, or nothing (`remove`).',
    choice('A mask.', ['card', 'ssn', 'email', 'remove'], {}),
    { names: PROPERTY, form: PROPERTY_FORM, maxProperties: 256, default: {} },
  ),
})

export const propertiesOfTypesField = map(
  'Which properties of which objects somebody may see and write, by type. What no list names is for nobody. Routes name a type in `output.properties`, `input.properties` and `require.owner`.',
  section('Objects of one type.', {
    owner: orNull(
      section('Whose an object is.', {
        property: text('The property that names its owner.', {
          pattern: `^${NAME}(\\.${NAME}){0,7}$`,
          form: 'must be a property such as `customer` or `customer.id`',
          maxLength: 255,
          examples: ['customer'],
        }),
        as: orNull(
          text(
            'A permission. Whoever holds `customers:act:cus_7` owns what names `cus_7`, and whoever holds `customers:act` owns all. null leaves it to those whose own id is named.',
            {
              pattern: `^${PART}:${PART}$`,
              form: 'must be a permission such as `customers:act`',
              maxLength: 129,
            },
          ),
        ),
      }),
    ),
    audiences: map(
      'What callers may see and write, by audience: `public`, `owner`, and names of yours.',
      audienceField,
      {
        names: TYPE,
        maxProperties: 32,
        default: {},
      },
    ),
  }),
  { names: TYPE, maxProperties: 256, default: {} },
)
