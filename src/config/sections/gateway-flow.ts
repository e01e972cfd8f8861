import { choice, duration, integer, list, orNull, section, text, window } from '../fields.ts'
import { NAME, NAME_FORM } from './gateway-name.ts'

const weight = (what: string, value: number) =>
  integer(`Weight of ${what}, in percent.`, { min: 0, max: 100, default: value })

const velocityField = section('How often it may be done before a verification is needed.', {
  by: choice(
    'What is counted: each person or service (`principal`), object, client address, a pair of them, or all requests together. Nobody known is counted by address.',
    ['principal', 'object', 'address', 'principal+object', 'address+object', 'all'],
    { default: 'principal+object' },
  ),
  max: integer('How often, in a window.', { min: 1, max: 1_000_000 }),
  per: window('The window: `second`, `minute`, `hour`, `day`, or a duration.', { min: '1s', max: '30d' }),
})

/** A flow of the business on a route: what programs must not do as often as they could (row G16). */
export const flowField = orNull(
  section(
    'A flow of the business that a program must not run as often as it could, such as buying what is scarce. Who does it too often, or from unusual circumstances, is answered 428 and has to be verified.',
    {
      action: text('What is done. Routes with one action are counted together.', { pattern: NAME, form: NAME_FORM }),
      object: orNull(
        section('Where the request names what it is done with.', {
          from: choice(
            'A parameter of the path or of the query, a header, or a property of the JSON body, for which `input.json` must be there.',
            ['path', 'query', 'header', 'body'],
            { default: 'path' },
          ),
          name: text('The parameter, header or property.', { maxLength: 255 }),
        }),
      ),
      velocity: list('How often it may be done. All hold at once.', velocityField, { default: [], maxItems: 8 }),
      risk: section('From when on a verification is needed, besides a velocity that is used up.', {
        threshold: integer('The risk over which it is, in percent.', { min: 1, max: 100, default: 70 }),
        weights: section('What signals add to the risk at the most.', {
          velocity: weight('how much of a velocity is used', 75),
          age: weight('how young the account is', 20),
          history: weight('what was refused of late', 40),
          network: weight('another country than before, or a network of `networks`', 20),
          device: weight('another device than before', 20),
        }),
        networks: list(
          'Networks that speak against who comes from them.',
          text('An address or CIDR block.', { maxLength: 64, examples: ['198.51.100.0/24'] }),
          { default: [], maxItems: 256 },
        ),
      }),
      deviceHeader: orNull(
        text(
          'The header in which clients supply a fingerprint of their device. null derives one from the browser and its languages.',
          { pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$', form: 'must be the name of a header, such as X-Device-Id' },
        ),
      ),
      verify: section('How somebody is verified.', {
        kind: choice(
          'By work that the device does (`proof-of-work`, nobody else is asked), or by a captcha of Cloudflare, hCaptcha or Google.',
          ['proof-of-work', 'turnstile', 'hcaptcha', 'recaptcha'],
          { default: 'proof-of-work' },
        ),
        bits: integer(
          'How much work: zero bits that a hash must begin with. Each more doubles it; each verification within an hour adds one, up to eight.',
          { min: 1, max: 24, default: 18 },
        ),
        within: duration('Time to solve a challenge.', { min: '10s', max: '1h', default: '5m' }),
        pass: duration('Time to repeat the request with the pass that a solution gives. It is good for one request.', {
          min: '10s',
          max: '1h',
          default: '10m',
        }),
        siteKey: orNull(
          text('Of a captcha: its site key.', { pattern: '^[\\w.:-]{1,128}$', form: 'must be a site key' }),
        ),
        secretFile: orNull(
          text('Of a captcha: the file that holds its secret, such as a mounted secret.', { maxLength: 1024 }),
        ),
        hostnames: list('Of a captcha: hosts whose pages may show it.', text('A host.', { maxLength: 253 }), {
          default: [],
          maxItems: 32,
        }),
        minScore: integer('Of a captcha that tells how sure it is: how sure it must be, in percent.', {
          min: 0,
          max: 100,
          default: 50,
        }),
        address: orNull(
          text('Of a captcha: where tokens are verified, instead of at the provider’s own address.', {
            maxLength: 2048,
            examples: ['https://www.recaptcha.net/recaptcha/api/siteverify'],
          }),
        ),
      }),
    },
  ),
)
