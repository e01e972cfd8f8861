import { choice, orNull, section, size, text } from '../fields.ts'
import { graphqlField } from './gateway-graphql.ts'
import { openapiField } from './gateway-openapi.ts'
import { shapeFields } from './gateway-shape.ts'

export const inputField = section('What a request may bring.', {
  maxBody: size('Largest body that is passed on.', { min: '0b', max: '1gb', default: '1mb' }),
  properties: orNull(
    text('The type in `access.properties` whose writable properties may come in a body, which must be JSON then.', {
      maxLength: 64,
    }),
  ),
  outside: choice(
    'What happens with other properties: the request is refused, or they are cut out.',
    ['refuse', 'strip'],
    {
      default: 'refuse',
    },
  ),
  ...shapeFields,
  openapi: openapiField,
  graphql: graphqlField,
})
