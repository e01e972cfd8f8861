import { choice, list, orNull, section, text } from '../fields.ts'

/** An OpenAPI document that routes point to. */
export const documentField = section('An OpenAPI document, version 3.0 or 3.1.', {
  file: text('Its file, in YAML or JSON.', { maxLength: 1024, examples: ['./orders.openapi.yaml'] }),
})

export const openapiField = orNull(
  section(
    'What the OpenAPI document of the API does not describe is refused: operations, parameters, bodies. JSON is held to the bounds of `json`, or to its defaults.',
    {
      document: text('The document in `gateway.documents`.', { maxLength: 64 }),
      base: orNull(
        text('What stands before the paths of the document.', {
          pattern: '^(/[A-Za-z0-9._~-]+)+$',
          form: 'must be whole plain parts, such as /api/v1',
          maxLength: 255,
        }),
      ),
      unknown: choice(
        'What becomes of operations, parameters, properties and bodies that the document does not have. `readOnly` properties count as unknown in a request.',
        ['refuse', 'allow'],
        { default: 'refuse' },
      ),
      beside: list(
        'Parameters of the query that are taken although the document does not have them.',
        text('A parameter.', { maxLength: 128 }),
        { default: [], maxItems: 64 },
      ),
      response: choice(
        'Whether answers are held to the document too: not at all, with an event for each that differs, or with 502 in its place.',
        ['off', 'report', 'enforce'],
        { default: 'off' },
      ),
    },
  ),
)
