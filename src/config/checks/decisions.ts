import type { Check, RouteDraft } from '../draft.ts'
import { lookAtNetworks } from './networks.ts'
import { eachRoute } from './routes.ts'

/** Rules about the door at which other proxies ask. */
export const decisionChecks: readonly Check[] = [
  {
    name: 'the door for decisions is a port of its own',
    look: ({ control, gateway }, { say }) => {
      const own = gateway?.decisions?.port
      if (typeof own !== 'number' || own === 0) return
      const path = ['gateway', 'decisions', 'port']
      if (own === gateway?.port) say(path, `port ${own} is the gateway’s own`)
      if (own === control?.port) say(path, `port ${own} is the control plane’s`)
      if (own === gateway?.tls?.redirectFrom) say(path, `port ${own} is the one that redirects`)
    },
  },
  {
    name: 'not everybody may ask for decisions',
    look: ({ gateway }, findings) => {
      lookAtNetworks(gateway?.decisions?.callers, findings, {
        path: ['gateway', 'decisions', 'callers'],
        is: 'every address',
        remark: ': whoever asks is believed about who its client is',
      })
    },
  },
  {
    name: 'there is a door where routes answer whether a request may pass',
    look: (draft, { say }) => {
      if (draft.gateway?.decisions !== null) return
      eachRoute((route, path, tell) => {
        if (route.decisions === true) tell([...path, 'decisions'], 'needs `gateway.decisions`: nobody can ask', 'key')
      })(draft, { say })
    },
  },
  {
    name: 'a decision needs neither body nor answer',
    look: eachRoute((route, path, say) => {
      if (route.decisions !== true) return
      for (const setting of beyondHead(route))
        say(
          [...path, 'decisions'],
          `can not be true beside \`${setting}\`: the proxy that asks keeps bodies and answers to itself`,
          'key',
        )
    }),
  },
]

/** What of a route looks further than the head of a request. */
function beyondHead(route: NonNullable<RouteDraft>): string[] {
  const { input, output, require: wanted, websocket, cors, flow } = route
  const parts = {
    'input.properties': input?.properties,
    'input.types': input?.types,
    'input.json': input?.json,
    'input.uploads': input?.uploads,
    'input.inflate': input?.inflate,
    'input.page': input?.page,
    'input.openapi': input?.openapi,
    'input.graphql': input?.graphql,
    'output.properties': output?.properties,
    'output.leaks': output?.leaks,
    'require.owner': wanted?.owner,
    websocket,
    cors,
    flow,
  }
  return Object.entries(parts).flatMap(([name, value]) => (value === null || value === undefined ? [] : [name]))
}
