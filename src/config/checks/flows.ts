import type { Check, RouteDraft } from '../draft.ts'
import { type Path, quoted } from '../path.ts'
import { lookAtNetworks } from './networks.ts'
import { eachRoute } from './routes.ts'

type Flow = NonNullable<NonNullable<RouteDraft>['flow']>

const OF_CAPTCHA = ['siteKey', 'secretFile', 'hostnames'] as const

/** Rules about flows of the business. */
export const flowChecks: readonly Check[] = [
  {
    name: 'the object of a flow can be found',
    look: eachFlow(({ object, velocity }, path, say, { match, input }) => {
      const counted = velocity?.findIndex((it) => it?.by?.includes('object') === true) ?? -1
      if (object === null && counted !== -1)
        say([...path, 'velocity', counted, 'by'], 'needs `object`, which says where the request names it')
      if (object?.from === undefined || object.name === undefined) return
      if (object.from === 'path' && match?.path !== undefined && !match.path.split('/').includes(`{${object.name}}`))
        say([...path, 'object', 'name'], `is no parameter of the path ${quoted(match.path)}`)
      if (object.from === 'body' && input?.json === null)
        say([...path, 'object', 'from'], 'needs `input: { json: {} }`: what a body names must read in one way only')
    }),
  },
  {
    name: 'what a flow counts is told once, and is known',
    look: eachFlow(({ velocity }, path, say, { public: open }) => {
      const seen = new Set<string>()
      velocity?.forEach((it, i) => {
        if (it?.by === undefined || it.per === undefined) return
        const window = `${it.by} ${it.per}`
        if (seen.has(window))
          say([...path, 'velocity', i], `this flow has another velocity by "${it.by}" for the same window; keep one`)
        seen.add(window)
        if (open === true && it.by.includes('principal'))
          say(
            [...path, 'velocity', i, 'by'],
            'a public route knows nobody to count by; use "address" or "address+object"',
          )
      })
    }),
  },
  {
    name: 'a captcha has what it needs, and proof of work needs none of it',
    look: eachFlow(({ action, verify }, path, say) => {
      if (verify?.kind === undefined) return
      for (const name of OF_CAPTCHA) {
        const value = verify[name]
        if (value === undefined) continue
        const given = typeof value === 'string' || (value?.length ?? 0) > 0
        if (verify.kind === 'proof-of-work' && given)
          say([...path, 'verify', name], 'has no meaning with `kind: proof-of-work`', 'key')
        if (verify.kind !== 'proof-of-work' && !given) say([...path, 'verify'], `needs \`${name}\` for a captcha`)
      }
      if (verify.kind === 'turnstile' && action !== undefined && !/^[\w-]{1,32}$/.test(action))
        say([...path, 'action'], 'must be at most 32 letters, digits, `_` or `-` for Turnstile')
      if (verify.address != null && !/^https?:\/\/[^/]/.test(verify.address))
        say([...path, 'verify', 'address'], 'must be an address such as https://captcha.example.com/siteverify')
    }),
  },
  {
    name: 'networks of a flow are networks, and not the whole internet',
    look: (draft, findings) =>
      eachFlow(({ risk }, path, say) => {
        lookAtNetworks(
          risk?.networks,
          { ...findings, say },
          { path: [...path, 'risk', 'networks'], is: 'every address', remark: ', and speaks against everybody' },
        )
      })(draft, findings),
  },
  {
    name: 'no route is where verifications are',
    look: (draft, findings) => {
      if (draft.gateway?.routes?.some((route) => route?.flow != null) !== true) return
      eachRoute(({ match }, path, say) => {
        if (match?.path?.startsWith('/.sallyport') === true)
          say([...path, 'match', 'path'], 'is where the gateway itself answers, because a route has a `flow`')
      })(draft, findings)
    },
  },
]

type Look = (
  flow: Flow,
  path: Path,
  say: (path: Path, message: string, want?: 'key' | 'value') => void,
  route: NonNullable<RouteDraft>,
) => void

function eachFlow(look: Look): Check['look'] {
  return eachRoute((route, path, say) => {
    if (route.flow != null) look(route.flow, [...path, 'flow'], say, route)
  })
}
