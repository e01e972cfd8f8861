import { type ConfigRow, describeConfig } from './describe.ts'
import { interpret } from './interpret.ts'
import { LATER } from './later.ts'
import { createReport, formatProblem } from './problem.ts'
import { sampleConfig } from './sample.ts'
import { configNode } from './schema.ts'
import { emptyBranch } from './tree.ts'
import { readYaml } from './yaml.ts'

const INTRODUCTION = `# Configuration

This page is generated from the schema that Sallyport checks configuration with; \`sallyport config check\` does the same
check without starting anything.

## Where it comes from

Each of these wins over those before it:

1. Defaults.
2. One file: the one that \`--config\` or \`SALLYPORT_CONFIG\` names, else \`sallyport.yaml\` or \`sallyport.config.ts\` in the
   working directory. Both at once are refused. Without a file everything has its default, and the gateway lets nothing
   through.
3. The environment: \`SALLYPORT_\` and the path in capitals, with \`_\` between words. \`control.port\` is
   \`SALLYPORT_CONTROL_PORT\`, \`master.keyFile\` is \`SALLYPORT_MASTER_KEY_FILE\`. Lists and maps are given whole, as JSON. A
   \`SALLYPORT_\` variable that sets nothing is refused, and so is an empty one.
4. Options of the command line, such as \`--data\`.

A relative path in a file starts at the folder of that file; one from the environment, an option or a default starts at
the working directory.

## How values are written

| kind | written | not |
|---|---|---|
| duration | \`500ms\`, \`30s\`, \`5m\`, \`24h\`, \`30d\` | \`30\`: a number has no unit |
| window of a limit | \`second\`, \`minute\`, \`hour\`, \`day\`, \`month\`, or a duration | |
| size | \`512b\`, \`1kb\`, \`1mb\`, \`1gb\` (1 kb is 1024 bytes) | \`1024\` |
| text | \`orders\`, \`"8080"\` | \`8080\`: a number, put it in quotes |
| list | \`[a, b]\`, even of one | \`a\` |

YAML is read as version 1.2, at most 1 MB: \`yes\`, \`on\` and \`0644\` are not what older versions made of them. Tags, merge
keys (\`<<\`), several documents and keys written twice are refused; anchors and aliases work.

**Secrets do not belong in the file.** The master key and its passphrase are read from the environment only, and so is an
address of a database or of Redis that holds a password. In the loaded configuration they do not print.
`

function examples(): string {
  return `## Examples

The file that \`sallyport init\` writes:

\`\`\`yaml
${sampleConfig()}\`\`\`

The same as TypeScript (\`sallyport.config.ts\`), with completion while writing:

\`\`\`ts
import { defineConfig } from 'sallyport'

export default defineConfig({
  gateway: {
    upstreams: { orders: { targets: ['http://127.0.0.1:9090'] } },
    routes: [
      {
        id: 'orders',
        match: { path: '/orders/**', methods: ['GET', 'POST'] },
        upstream: 'orders',
        authenticate: ['apiKey'],
        require: { level: 'known' },
        limits: [{ by: 'key', max: 1000, per: 'minute' }],
      },
    ],
  },
})
\`\`\`

Several nodes, from the environment:

\`\`\`sh
SALLYPORT_ISSUER=https://auth.example.com
SALLYPORT_DATABASE_URL=postgres://sallyport:PASSWORD@db.example.com/sallyport
SALLYPORT_REDIS_URL=rediss://:PASSWORD@redis.example.com:6379/0
SALLYPORT_MASTER_KEY_FILE=/run/secrets/sallyport-master-key
SALLYPORT_GATEWAY_TRUSTED_PROXIES='["10.0.0.0/8"]'
\`\`\`

Completion and checks in an editor: \`sallyport init\` can put the schema beside the file, and its first line names it:
\`# yaml-language-server: $schema=./sallyport.schema.json\`.
`
}

/** A mistake of each style; the page shows what is really said about it. */
const MISTAKES: readonly { readonly style: string; readonly yaml: string }[] = [
  { style: 'A setting that does not exist, with the likely name', yaml: 'contrl: { port: 4000 }' },
  { style: 'A value of the wrong kind', yaml: 'control: { port: "4000" }' },
  { style: 'A number without a unit', yaml: 'audit: { flushEvery: 500 }' },
  { style: 'A value out of range', yaml: 'audit: { flushEvery: 1h }' },
  { style: 'A word that is not one of the choices', yaml: 'log: { level: information }' },
  { style: 'A setting that is missing', yaml: 'gateway: { upstreams: { orders: {} } }' },
  { style: 'A key written twice', yaml: 'host: 127.0.0.1\nhost: 0.0.0.0' },
  { style: 'YAML that can not be read', yaml: 'gateway: [' },
  { style: 'A secret in the file', yaml: 'database: { url: "postgres://app:hunter2@db/app" }' },
  {
    style: 'A value that is right alone and wrong beside others',
    yaml: 'control: { port: 8080 }',
  },
  {
    style: 'A route that says nothing about who may come',
    yaml: 'gateway:\n  upstreams: { orders: { targets: ["http://127.0.0.1:9090"] } }\n  routes:\n    - { id: orders, match: { path: /orders }, upstream: orders }',
  },
  {
    style: 'Something that this version does not have',
    yaml: 'gateway:\n  upstreams: { orders: { targets: ["http://127.0.0.1:9090"] } }\n  routes:\n    - { id: orders, match: { path: /orders }, upstream: orders, public: true, rewrite: { regex: "^/v1" } }',
  },
]

/** The page `docs/configuration.md`, made from the schema, the checks and the sample. */
export function renderConfigurationDoc(): string {
  const parts = [INTRODUCTION, settings(), examples(), mistakes(), notYet()]
  return parts.map((part) => `${part.trim()}\n`).join('\n')
}

function settings(): string {
  const rows = describeConfig()
  const groups = Map.groupBy(rows, (row) => groupOf(row.path))
  const sections = [...groups].map(
    ([name, group]) => `### ${TITLES[name] ?? name}\n\n${sentenceOf(name)}${table(group)}`,
  )
  return `## Settings\n\n${sections.join('\n\n')}`
}

const TITLES: Readonly<Record<string, string>> = {
  '': 'Top level',
  'gateway.upstreams.*': '`gateway.upstreams`: one upstream',
  'gateway.routes[]': '`gateway.routes`: one route',
}

function groupOf(path: string): string {
  const inside = Object.keys(TITLES).find((start) => start !== '' && path.startsWith(`${start}.`))
  return inside ?? (path.includes('.') ? path.slice(0, path.indexOf('.')) : '')
}

function sentenceOf(name: string): string {
  const sentence = configNode.properties?.[name]?.description
  return sentence === undefined ? '' : `${sentence}\n\n`
}

function table(rows: readonly ConfigRow[]): string {
  const lines = rows.map((row) => {
    const from = row.variable === null ? '' : `<br>\`${row.variable}\`${row.environmentOnly ? ' (only there)' : ''}`
    const absent =
      row.default === null ? '*must be given*' : row.default.includes('`') ? row.default : `\`${row.default}\``
    return `| \`${row.path}\`${from} | ${row.type} | ${absent} | ${row.sentence} |`
  })
  return ['| setting | kind | default | what it is |', '|---|---|---|---|', ...lines].join('\n')
}

function mistakes(): string {
  const parts = MISTAKES.map(
    ({ style, yaml }) => `**${style}**\n\n\`\`\`yaml\n${yaml}\n\`\`\`\n\n\`\`\`text\n${said(yaml)}\n\`\`\``,
  )
  return `## When something is wrong

Nothing starts with a wrong configuration, and no wrong value is mended into a default. Every mistake is told at once, one
a line: the file with line and column (or the variable), the path of the setting, and what to do. The exit code is 2.

${parts.join('\n\n')}`
}

function said(yaml: string): string {
  const report = createReport()
  const top = { from: 'file', file: 'sallyport.yaml' } as const
  interpret(readYaml(yaml, top, report) ?? emptyBranch(top), report, { cwd: '/', file: null })
  return report.problems().map(formatProblem).join('\n')
}

function notYet(): string {
  const rows = LATER.map(
    ({ at, words, instead }) => `| \`${at}\` | ${words.map((word) => `\`${word}\``).join(', ')} | ${instead} |`,
  )
  return `## Not in this version

These are refused, so that nobody believes they work:

| where | what | instead |
|---|---|---|
${rows.join('\n')}`
}
