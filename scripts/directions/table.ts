const everyModule =
  'server gateway middleware keys identity oauth federation threats inventory access limits guard waf notices rollout audit secrets store pipeline config http geo signatures tokens core'

/**
 * Which module may import which: all the edges there are. Modules in one row never import each other.
 * `config:types` allows type-only imports of config.
 */
export const EDGES: readonly (readonly [modules: string, mayImport: string])[] = [
  ['package', `${everyModule} client`], // the files directly in src: what the published package exports
  ['cli', `${everyModule} client`],
  ['server', everyModule.replace('server ', '')],
  ['gateway middleware', 'pipeline config:types core'],
  [
    'keys identity oauth federation threats inventory',
    'access limits guard waf notices audit secrets store config http geo signatures tokens core',
  ],
  ['access limits guard waf notices rollout', 'audit secrets store config http core'],
  ['audit', 'secrets store config http core'],
  ['secrets', 'store config core'],
  ['store', 'config core'],
  ['config', 'core'],
  ['pipeline', 'config:types core'],
  ['http', 'core'],
  ['geo', 'core'],
  ['client', 'signatures tokens core'],
  ['signatures', 'tokens core'],
  ['tokens', 'core'],
  ['core', ''],
]

/** What lies beside src, and what it may import there. Nothing in src imports it, but its tests import test/support. */
export const BESIDE: readonly (readonly [folder: string, mayImport: string])[] = [
  ['test', `package cli ${everyModule} client scripts examples bin`],
  ['scripts', `package cli ${everyModule} client examples test bin`],
  ['bench', `package cli ${everyModule} client examples test scripts`],
  ['examples', 'package'],
  ['bin', ''],
]

/** An edge's target and whether only its types may be used. */
export type Allowed = ReadonlyMap<string, { readonly typesOnly: boolean }>

/** The table as a map from module to what it may import. */
export function allowedEdges(): ReadonlyMap<string, Allowed> {
  return new Map(
    [...EDGES, ...BESIDE].flatMap(([modules, targets]) => modules.split(' ').map((name) => [name, allowed(targets)])),
  )
}

function allowed(targets: string): Allowed {
  const words = targets.split(' ').filter((word) => word !== '')
  return new Map(words.map((word) => [word.replace(':types', ''), { typesOnly: word.endsWith(':types') }]))
}
