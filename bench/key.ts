import { newKeyOf } from '../src/keys/index.ts'

/** A key with nothing special about it. */
export function newKey(name: string) {
  return newKeyOf({ name, scopes: ['orders:read'] })
}

/** The setting under which one service may have as many keys as a benchmark makes. */
export const manyKeys = { classifications: { LOW: { mostActive: null } } } as const
