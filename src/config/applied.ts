import { type Entry, type Tree, treeOf } from './tree.ts'

/**
 * Settings of the gateway that belong to a process for as long as it runs: they are bound to open ports, or say where the
 * others come from.
 */
export const FIXED_AT_START = ['port', 'reload', 'source', 'tls', 'proxyProtocol', 'decisions'] as const

/** The settings of the gateway that may change while it runs, as somebody wrote them: no defaults, no units resolved. */
export type WrittenGateway = Readonly<Record<string, unknown>>

/** What an operator applied, and what it is called where a mistake in it is told. */
export type Applied = { readonly gateway: WrittenGateway; readonly name: string }

const isFixed = (name: string) => (FIXED_AT_START as readonly string[]).includes(name)

/** What was written of the gateway, but for what belongs to the process. */
export function writtenGateway(tree: Tree): WrittenGateway {
  const gateway = tree.is === 'map' ? tree.entries.get('gateway')?.value : undefined
  if (gateway?.is !== 'map') return {}
  return Object.fromEntries(
    [...gateway.entries].filter(([name]) => !isFixed(name)).map(([name, { value }]) => [name, plain(value)]),
  )
}

/** The tree of a file with what was applied in the place of what it says itself of the gateway. */
export function layApplied(file: Tree, { gateway, name }: Applied): Tree {
  const { spot } = file
  const entries = new Map<string, Entry>(file.is === 'map' ? file.entries : [])
  const own = entries.get('gateway')?.value
  const kept = own?.is === 'map' ? [...own.entries].filter(([setting]) => isFixed(setting)) : []
  const applied = treeOf(gateway, { from: 'file', file: name })
  const laid = new Map([...kept, ...(applied.is === 'map' ? applied.entries : [])])
  entries.set('gateway', { key: spot, value: { is: 'map', spot: applied.spot, entries: laid } })
  return { is: 'map', spot, entries }
}

function plain(tree: Tree): unknown {
  if (tree.is === 'list') return tree.items.map(plain)
  if (tree.is === 'map') return Object.fromEntries([...tree.entries].map(([name, { value }]) => [name, plain(value)]))
  return tree.is === 'scalar' ? tree.value : null
}
