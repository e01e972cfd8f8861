import { choice, integer, list, nullable, orNull, section, size, text } from '../fields.ts'

const UPLOADS = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/heic',
  'application/pdf',
  'application/zip',
  'application/gzip',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/wav',
  'audio/ogg',
  'text/plain',
  'text/csv',
] as const

const parameterName = text('A parameter of the query.', { maxLength: 128 })

/** The shape of requests: what can be said of them without knowing what they mean. */
export const shapeFields = {
  types: orNull(
    list(
      'The types of bodies that are taken, whatever `json` and `uploads` take besides. null takes any, unless something here looks into bodies: then only what it reads.',
      text('A content type such as `application/json` or `image/*`, without parameters.', {
        pattern: '^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/(\\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,126})$',
        form: 'must be a content type in lower case, such as application/json or image/*',
        maxLength: 255,
      }),
      { minItems: 1, maxItems: 64 },
    ),
  ),
  json: orNull(
    section(
      'JSON bodies must be such that all readers take them alike: no name twice in one object, no number beyond a double, no name that reaches into prototypes, nothing behind the value. `{}` takes these bounds; other types are refused then, unless `types` or `uploads` lists them.',
      {
        depth: integer('Lists and objects in each other.', { min: 1, max: 64, default: 10 }),
        items: integer('Elements of one list.', { min: 1, max: 1_000_000, default: 1000 }),
        keys: integer('Members of one object.', { min: 1, max: 100_000, default: 50 }),
      },
    ),
  ),
  uploads: orNull(
    section('Files, alone or in a form (`multipart/form-data`). Their bytes must be of the type that they say.', {
      types: list(
        'The types of files that are taken.',
        choice('A type of file that can be told by its bytes.', UPLOADS, {}),
        { minItems: 1, maxItems: 32 },
      ),
      maxBody: size('Largest body that brings files; `maxBody` beside it bounds all others.', {
        min: '1kb',
        max: '256mb',
        default: '10mb',
      }),
    }),
  ),
  inflate: orNull(
    section(
      'Unpack bodies with `Content-Encoding: gzip`, `deflate` or `br`; the upstream sees them unpacked. Where bodies are looked into, compressed ones are refused without this.',
      {
        maxBody: size('Largest body when it is unpacked.', { min: '1kb', max: '64mb', default: '1mb' }),
        maxRatio: integer('How many times larger than sent it may become, from 16 kB on.', {
          min: 2,
          max: 1000,
          default: 100,
        }),
      },
    ),
  ),
  headers: orNull(
    section('Bounds of the headers of a request, below those that hold for all routes.', {
      count: integer('How many there may be.', { min: 1, max: 100, default: 50 }),
      maxBytes: size('Their names and values together.', { min: '64b', max: '16kb', default: '8kb' }),
    }),
  ),
  url: orNull(size('Longest path and query together, below what holds for all routes.', { min: '16b', max: '8kb' })),
  query: orNull(
    section('Parameters of the query: each comes once and can be decoded.', {
      count: integer('How many there may be.', { min: 0, max: 4096, default: 32 }),
      repeated: list('Those that may come more than once.', parameterName, { default: [], maxItems: 64 }),
    }),
  ),
  page: orNull(
    section('How much one request may ask for at once.', {
      parameter: text('The parameter of the query that says how much, such as `limit`.', {
        pattern: '^[A-Za-z][A-Za-z0-9._-]{0,63}$',
        form: 'must be the name of a parameter, such as limit',
      }),
      default: nullable(
        integer('What the upstream is asked for where nobody says. null leaves it to the upstream.', {
          min: 1,
          max: 1_000_000,
          default: 20,
        }),
      ),
      max: integer('The most that there is.', { min: 1, max: 1_000_000, default: 100 }),
      otherwise: choice(
        'What becomes of more: the upstream is asked for the most that there is (`clamp`), or the request is refused.',
        ['clamp', 'refuse'],
        { default: 'clamp' },
      ),
    }),
  ),
}
