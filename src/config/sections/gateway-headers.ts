import { choice, duration, flag, orNull, section, text } from '../fields.ts'

const POLICY = '^[ -~]+$'
const POLICY_FORM = 'must be the value of a header: printable ASCII in one line'

const CACHE = ['no-store', 'upstream'] as const
const FRAMES = ['deny', 'same-origin', 'allow-any'] as const
const RESOURCE = ['same-origin', 'same-site', 'cross-origin'] as const
const REFERRER = ['no-referrer', 'same-origin', 'strict-origin-when-cross-origin', 'unsafe-url'] as const
const OPENER = ['same-origin', 'same-origin-allow-popups', 'unsafe-none'] as const

const SAYS = {
  contentSecurity: '`Content-Security-Policy` of answers that are no pages.',
  frames:
    'Who may show an answer in a frame: `X-Frame-Options`, and `frame-ancestors` where a policy does not say it. `allow-any` lets every page.',
  resource:
    '`Cross-Origin-Resource-Policy`: whose pages may load an answer as an image, a script or the like. `cross-origin` lets every page.',
  cache:
    'What is said of keeping an answer to a credential: that nobody may, or what the upstream says (and where it says nothing, that nobody may).',
  allowSniffing: 'Let browsers guess what an answer is, whatever its `Content-Type` says.',
  leaveToUpstream: 'Write none of these headers, and let through what the upstream says under their names.',
  pages: 'Answers that are HTML.',
  pagePolicy: '`Content-Security-Policy` where the upstream says none.',
  permissions: '`Permissions-Policy` where the upstream says none.',
  referrer: '`Referrer-Policy`. `unsafe-url` tells every site the whole address.',
  opener: '`Cross-Origin-Opener-Policy`.',
} as const

const policy = { pattern: POLICY, form: POLICY_FORM, maxLength: 4096 } as const

export const headersField = section(
  'Headers that tell browsers to be careful, on every answer of the gateway. A value of the upstream that is as strict is kept.',
  {
    hsts: section('`Strict-Transport-Security`, where the request came by https.', {
      maxAge: duration('How long browsers come by https only. `0s` makes them forget it.', {
        min: '0s',
        max: '3650d',
        default: '365d',
      }),
      includeSubDomains: flag('Hosts below this one too.', { default: true }),
      preload: flag('Agree to be in the lists that browsers are delivered with. It takes months to get out.', {
        default: false,
      }),
    }),
    contentSecurity: text(SAYS.contentSecurity, { ...policy, default: "default-src 'none'" }),
    frames: choice(SAYS.frames, FRAMES, { default: 'deny' }),
    resource: choice(SAYS.resource, RESOURCE, { default: 'same-origin' }),
    cache: choice(SAYS.cache, CACHE, { default: 'no-store' }),
    allowSniffing: flag(SAYS.allowSniffing, { default: false }),
    leaveToUpstream: flag(SAYS.leaveToUpstream, { default: false }),
    pages: section(SAYS.pages, {
      contentSecurity: text(SAYS.pagePolicy, {
        ...policy,
        default: "default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'",
      }),
      permissions: text(SAYS.permissions, {
        ...policy,
        default:
          'camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), serial=(), usb=()',
      }),
      referrer: choice(SAYS.referrer, REFERRER, { default: 'same-origin' }),
      opener: choice(SAYS.opener, OPENER, { default: 'same-origin' }),
    }),
  },
)

export const headerChangesField = section('What this route says otherwise; null is what `gateway.headers` says.', {
  contentSecurity: orNull(text(SAYS.contentSecurity, policy)),
  frames: orNull(choice(SAYS.frames, FRAMES, {})),
  resource: orNull(choice(SAYS.resource, RESOURCE, {})),
  cache: orNull(choice(SAYS.cache, CACHE, {})),
  allowSniffing: orNull(flag(SAYS.allowSniffing, {})),
  leaveToUpstream: orNull(flag(SAYS.leaveToUpstream, {})),
  pages: section(SAYS.pages, {
    contentSecurity: orNull(text(SAYS.pagePolicy, policy)),
    permissions: orNull(text(SAYS.permissions, policy)),
    referrer: orNull(choice(SAYS.referrer, REFERRER, {})),
    opener: orNull(choice(SAYS.opener, OPENER, {})),
  }),
})
