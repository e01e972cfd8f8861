import { type Config, type ConfigInput, type Route, readConfig } from '../../config/index.ts'
import { corsRule, securityHeaders } from '../../guard/index.ts'
import type {
  CorsOptions,
  CorsRule,
  GraphqlOptions,
  HeaderOptions,
  HeadRule,
  InputRules,
  OpenapiOptions,
  RuleMakers,
  ShapeOptions,
} from '../../middleware/index.ts'
import { createInputRules } from './input-rules.ts'

type Gateway = NonNullable<ConfigInput['gateway']>
type Input = NonNullable<NonNullable<Gateway['routes']>[number]['input']>
/** As a program writes it: what it says nothing of may be undefined. */
type Written = { readonly [name in keyof Input]?: unknown }

const SHAPE = ['maxBody', 'types', 'json', 'uploads', 'inflate', 'headers', 'url', 'query', 'page']
const OPENAPI = ['document', 'base', 'unknown', 'beside', 'json', 'maxBody']
const COUNTED = ['depth', 'cost', 'aliases', 'directives', 'tokens', 'batch', 'introspection', 'listSize']
const GRAPHQL = [...COUNTED, 'schema', 'persisted', 'json', 'maxBody']
const CORS = [
  'origins',
  'methods',
  'headers',
  'exposed',
  'credentials',
  'maxAge',
  'privateNetwork',
  'allowInsecureHttp',
]
const OPTIONS = /^gateway\.(routes\[0\]\.input\.((openapi|graphql)(\.|$))?|(cors|headers)(\.|$))?/
const HEADERS = ['hsts', 'contentSecurity', 'frames', 'resource', 'cache', 'allowSniffing', 'pages']

/**
 * The rules of an application out of its options: read as the configuration of a gateway is, and made by what makes those of its
 * routes.
 */
export const applicationRules: RuleMakers = Object.freeze({ shape, openapi, graphql, cors, headers })

function shape(options: ShapeOptions): InputRules {
  refuseOthers(options, SHAPE)
  const { page, ...rest } = options
  if (page === undefined) return inputOf(rest)
  // What was asked for stands in the application's own request: it is not another one that goes on, as at the gateway.
  if ('default' in page || !['refuse', undefined].includes(page.otherwise))
    throw new TypeError('page: an application asks itself for as much as it wants; more than `max` is refused here')
  return inputOf({ ...rest, page: { ...page, otherwise: 'refuse', default: null } })
}

function openapi(options: OpenapiOptions): InputRules {
  refuseOthers(options, OPENAPI)
  const { document, json, maxBody, ...rest } = options
  return inputOf({ openapi: { ...rest, document: 'document' }, json, maxBody }, { document: { file: document } })
}

function graphql(options: GraphqlOptions): InputRules {
  refuseOthers(options, GRAPHQL)
  const { json, maxBody, ...rest } = options
  return inputOf({ graphql: rest, json, maxBody })
}

function cors(options: CorsOptions): CorsRule {
  refuseOthers(options, CORS)
  const rule = corsRule(gatewayOf({ cors: options }).cors, null)
  if (rule === null || rule.preflight === null) throw new TypeError('cors needs options: who may ask')
  return rule
}

function headers(options: HeaderOptions): HeadRule {
  refuseOthers(options, HEADERS)
  const settings = gatewayOf({ headers: options }).headers
  const rule = securityHeaders(settings, settings.hsts)
  if (rule === null) throw new Error('headers made no rule')
  return rule
}

function refuseOthers(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`name ${known.join(', ')}`)
  const wrong = Object.keys(options).find((name) => !known.includes(name))
  if (wrong !== undefined) throw new TypeError(`there is no option "${wrong}"; there are ${known.join(', ')}`)
}

function inputOf(input: Written, documents: Gateway['documents'] = {}): InputRules {
  const gateway = gatewayOf({
    documents,
    upstreams: { application: { targets: ['http://127.0.0.1:1'] } },
    routes: [
      { id: 'application', match: { path: '/**' }, upstream: 'application', public: true, input: input as Input },
    ],
  })
  const [route] = gateway.routes as [Route]
  try {
    return createInputRules({ gateway, record: () => undefined }).of(route)
  } catch (error) {
    throw new TypeError((error as Error).message.replace(/^route application: /, ''))
  }
}

function gatewayOf(gateway: object): Config['gateway'] {
  const loaded = readConfig({ gateway } as ConfigInput, process.cwd())
  if (loaded.ok) return loaded.value.gateway
  throw new TypeError(loaded.problems.map(toldOf).join('\n'))
}

// In the words of the options: where they would stand in a configuration says nothing to whoever wrote a program.
function toldOf({ path, message }: { readonly path: string; readonly message: string }): string {
  const place = path.replace(OPTIONS, '').replace(/^documents\.document\.file$/, 'document')
  return place === '' ? message : `${place}: ${message}`
}
