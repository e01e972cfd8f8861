import { asWritten } from './describe.ts'
import type { FieldNode } from './field.ts'
import { configNode } from './schema.ts'
import { variableName } from './variable.ts'

const HEAD = [
  'Configuration of Sallyport.',
  '',
  'Settings behind a "#" show a default or an example: remove the "#" at the start of the line to set them.',
  'Every setting can come from the environment instead, under its path: control.port is SALLYPORT_CONTROL_PORT.',
  'Check this file with `sallyport config check`; it tells every mistake at once.',
]

const GATEWAY = `  # The APIs behind the gateway. Here: one that listens on port 9090 of this machine.
  upstreams:
    orders:
      targets: ["http://127.0.0.1:9090"]

  # What is let through. A request that no route matches is answered with 404 and goes no further.
  routes:
    # Every path below /orders, for callers with an API key: \`sallyport keys create --name demo\`.
    - id: orders
      match: { path: /orders/**, methods: [GET, POST] }
      upstream: orders
      authenticate: [apiKey]
      require: { level: known }
      limits:
        - { by: key, max: 1000, per: minute }
      input: { maxBody: 1mb }

    # One path for everybody. Without \`authenticate\` a route must say \`public: true\`, or the file is refused.
    - id: status
      match: { path: /status, methods: [GET] }
      upstream: orders
      public: true
      limits:
        - { by: address, max: 60, per: minute }
`

/**
 * The commented YAML that `sallyport init` writes: every setting of the process with its default, and a gateway with
 * two routes to start from.
 *
 * @param options.schema where the editor's schema (`configJsonSchema`) was written, relative to the file
 */
export function sampleConfig(options: { readonly schema?: string } = {}): string {
  const editor = options.schema === undefined ? [] : [`# yaml-language-server: $schema=${options.schema}`, '#']
  const settings = Object.entries(configNode.properties ?? {}).flatMap(([name, node]) => ['', ...block(name, node)])
  return `${[...editor, ...HEAD.map(prose), ...settings].join('\n')}\n\n${GATEWAY}`
}

/** A setting of the top level. The gateway is what a sample is about, so it is set; all else is a comment. */
function block(name: string, node: FieldNode): string[] {
  const [says = '', ...lines] = linesOf(node, [name])
  return name === 'gateway' ? [says, ...lines] : [says, ...lines.map((line) => `#${line}`)]
}

function linesOf(node: FieldNode, path: readonly string[]): string[] {
  const { kind, environmentOnly } = node.sallyport
  const name = path.at(-1) ?? ''
  const says = prose(node.description)
  if (environmentOnly === true) return [prose(`${name}: only from ${variableName(path)}. ${node.description}`)]
  if (kind !== 'section') return [says, `${name}: ${shown(node)}`]
  const children = Object.entries(node.properties ?? {}).filter(([child]) => !isWrittenOut([...path, child]))
  const inside = children.flatMap(([child, value]) => linesOf(value, [...path, child]))
  return [
    says,
    `${name}:`,
    ...inside.map((line) => `  ${name === 'gateway' && !line.startsWith('#') ? '#' : ''}${line}`),
  ]
}

function isWrittenOut(path: readonly string[]): boolean {
  return path.join('.') === 'gateway.upstreams' || path.join('.') === 'gateway.routes'
}

function shown(node: FieldNode): string {
  const [example] = node.examples ?? []
  if (example !== undefined && (node.default ?? null) === null) return asWritten(example)
  return asWritten('default' in node ? node.default : exampleOf(node))
}

// What has to be said and has no default: a list of one, with what it has to say.
function exampleOf(node: FieldNode): unknown {
  if (node.examples?.[0] !== undefined) return node.examples[0]
  if (node.items !== undefined) return [exampleOf(node.items)]
  const needed = Object.entries(node.properties ?? {}).filter(([, child]) => !('default' in child))
  return Object.fromEntries(needed.map(([name, child]) => [name, exampleOf(child)]))
}

function prose(text: string): string {
  return text === '' ? '#' : `# ${text}`
}
