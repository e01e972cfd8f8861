/** What a program may import from the published package, and the source it comes from. Each is a promise kept for years. */
export const EXPORTS: readonly (readonly [subpath: string, source: string])[] = [
  ['.', 'index.ts'],
  ['./client', 'client.ts'],
  ['./express', 'express.ts'],
  ['./fastify', 'fastify.ts'],
  ['./guard', 'guard.ts'],
  ['./hono', 'hono.ts'],
  ['./koa', 'koa.ts'],
  ['./nest', 'nest.ts'],
  ['./next', 'next.ts'],
  ['./node', 'node.ts'],
]

// Named one by one: what only serves working here (scripts, development and carried packages, "private") stays here.
const KEPT = ['name', 'version', 'description', 'keywords', 'license', 'author', 'homepage', 'repository', 'bugs']
const KEPT_TOO = ['type', 'engines', 'bin', 'dependencies', 'peerDependencies', 'peerDependenciesMeta']

/** The package.json of the published package, made from the repository's. */
export function publishedManifest(root: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = [...KEPT, ...KEPT_TOO].filter((name) => root[name] !== undefined)
  return { ...Object.fromEntries(kept.map((name) => [name, root[name]])), exports: exportsMap() }
}

function exportsMap(): Record<string, unknown> {
  const entries = EXPORTS.map(([subpath, source]) => [
    subpath,
    { types: compiled(source, 'd.ts'), default: compiled(source, 'js') },
  ])
  return { ...Object.fromEntries(entries), './package.json': './package.json' }
}

/** Where a source of src is found in the published package. */
export function compiled(source: string, ending: 'js' | 'd.ts'): string {
  return `./lib/${source.replace(/\.ts$/, `.${ending}`)}`
}
