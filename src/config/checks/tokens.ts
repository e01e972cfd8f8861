import type { Check } from '../draft.ts'
import { didYouMean } from '../likely.ts'
import { quoted } from '../path.ts'
import { eachRoute } from './routes.ts'

const TOKENS: readonly string[] = ['jwt', 'opaque', 'dpop', 'mtls']

/** Rules about access tokens: on routes, and about who issues them. */
export const tokenChecks: readonly Check[] = [
  {
    name: 'what is asked of tokens is asked where tokens are taken',
    look: eachRoute(({ authenticate, tokens, public: open, require: wanted }, path, say) => {
      const taken = authenticate?.some((it) => it !== undefined && TOKENS.includes(it)) ?? true
      const asked = (['audience', 'issuers', 'once'] as const).filter((it) => tokens?.[it])
      if (!taken)
        for (const name of asked) say([...path, 'tokens', name], 'has no meaning: the route takes no tokens', 'key')
      if (open !== true) return
      for (const name of ['acr', 'maxAge'] as const) {
        if (wanted?.[name])
          say(
            [...path, 'require', name],
            'can not be required on a public route, where nobody is asked who they are',
            'key',
          )
      }
    }),
  },
  {
    name: 'certificates are vouched for by somebody',
    look: (draft, { say }) => {
      const { clientCertificateHeader: header, trustedProxies, tls } = draft.gateway ?? {}
      const path = ['gateway', 'clientCertificateHeader']
      if (typeof header === 'string' && trustedProxies?.length === 0)
        say(path, 'needs `gateway.trustedProxies`: nobody else is believed', 'key')
      if (typeof header === 'string' && TAKEN.test(header)) say(path, `${quoted(header)} already means something else`)
      if (header !== null || tls === undefined || (tls !== null && tls.clients !== null)) return
      eachRoute(({ authenticate }, at, tell) => {
        if (authenticate?.includes('mtls') === true)
          tell(
            [...at, 'authenticate'],
            'has `mtls`, which needs `gateway.tls.clients` or `gateway.clientCertificateHeader`',
          )
      })(draft, { say })
    },
  },
  {
    name: 'issuers of a route are known',
    look: (draft, { say }) => {
      const issuers = draft.oauth?.issuers
      if (issuers === undefined || draft.issuer === undefined) return
      const known = [draft.issuer, ...issuers.flatMap((it) => it?.issuer ?? [])]
      eachRoute(({ tokens }, path, tell) => {
        tokens?.issuers?.forEach((issuer, i) => {
          if (issuer === undefined || known.includes(issuer)) return
          tell(
            [...path, 'tokens', 'issuers', i],
            `${quoted(issuer)} is not in oauth.issuers${didYouMean(issuer, known)}`,
          )
        })
      })(draft, { say })
    },
  },
  {
    name: 'each issuer is one, and not ourselves',
    look: ({ oauth, issuer: own }, { say }) => {
      const seen = new Set<string>()
      oauth?.issuers?.forEach((it, i) => {
        const name = it?.issuer
        if (name === undefined) return
        const path = ['oauth', 'issuers', i, 'issuer']
        if (name === own) say(path, 'is this server itself, whose tokens are always believed')
        else if (seen.has(name)) say(path, `${quoted(name)} is there twice`)
        // What its subjects are called here begins with the name up to "#".
        else if (!/^[\x21\x22\x24-\x7e]+$/.test(name)) say(path, 'must be printable, without spaces and "#"')
        seen.add(name)
      })
    },
  },
  {
    name: 'keys of issuers come over a way that nobody changes',
    look: ({ oauth }, { say }) => {
      oauth?.issuers?.forEach((it, i) => {
        const { jwksUri, allowInsecureHttp } = it ?? {}
        const wrong = jwksUri === undefined ? null : keysFault(jwksUri, allowInsecureHttp ?? false)
        if (wrong !== null) say(['oauth', 'issuers', i, 'jwksUri'], wrong)
      })
    },
  },
]

/** Headers that carry credentials, or say who asks. */
const TAKEN =
  /^(authorization|cookie|dpop|host|apikey|x-api-key|forwarded|x-forwarded-.*|x-principal-.*|x-sallyport-.*)$/i

function keysFault(text: string, insecure: boolean): string | null {
  const url = /[\s\\#]/.test(text) ? null : URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'must be an address such as https://login.example.com/jwks'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.protocol === 'https:') return null
  const local = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname)
  if (!local) return 'must be https'
  return insecure ? null : 'must be https; an http: address of this machine needs `allowInsecureHttp: true`'
}
